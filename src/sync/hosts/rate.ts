// A token bucket: so many a second on average, and a burst after a quiet time. Times are those of the monotonic clock.

export type Rate = {
  /** Milliseconds until one is there; 0 when one is. */
  wait(now: number): number;
  take(now: number): void;
};

export function createRate({
  perSecond,
  burst,
}: {
  readonly perSecond: number;
  readonly burst: number;
}): Rate {
  let tokens = burst;
  let countedAt = Number.NEGATIVE_INFINITY;
  const count = (now: number): void => {
    if (now > countedAt) tokens = Math.min(burst, tokens + ((now - countedAt) / 1000) * perSecond);
    countedAt = now;
  };
  return {
    wait(now) {
      count(now);
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1000);
    },
    take(now) {
      count(now);
      tokens -= 1;
    },
  };
}
