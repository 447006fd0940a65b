// The deadlines of one request and its answer: what is waited for, and until when.
import type { GitLimits } from './limits.ts';

export type Phase = 'connect' | 'head' | 'body';
export type Expired = Phase | 'slow';

export type PhaseClock = Disposable & {
  readonly phase: () => Phase;
  readonly expired: () => Expired | undefined;
  enter(phase: Phase): void;
  /** A piece of the body has come. */
  received(bytes: number): void;
  /** Runs `wait` with every deadline standing still: while it has to wait for us the server cannot go on. */
  paused(wait: () => Promise<void>): Promise<void>;
};

// So often in one window is looked how much came, so that a slow stretch is seen at most a fifth of it late.
const looks = 5;

/** Starts with `connect`; calls `onExpired` once. Dispose of it: it keeps timers. */
export function startPhaseClock(limits: GitLimits, onExpired: () => void): PhaseClock {
  let phase: Phase = 'connect';
  let expired: Expired | undefined;
  let timer: NodeJS.Timeout | undefined;
  let speed: NodeJS.Timeout | undefined;
  let pieces: number[] = [];
  let bytes = 0;

  const stop = (): void => {
    clearTimeout(timer);
    clearInterval(speed);
  };
  const expire = (as: Expired): void => {
    stop();
    expired ??= as;
    onExpired();
  };
  const look = (): void => {
    pieces = [...pieces, bytes].slice(-looks);
    bytes = 0;
    const inWindow = pieces.reduce((sum, each) => sum + each, 0);
    const wanted = (limits.lowSpeedBytesPerSecond * limits.lowSpeedMilliseconds) / 1000;
    if (pieces.length === looks && inWindow < wanted) expire('slow');
  };
  const enter = (next: Phase): void => {
    stop();
    phase = next;
    timer = setTimeout(expire, phaseMilliseconds(next, limits), next);
    if (next !== 'body') return;
    [pieces, bytes] = [[], 0];
    speed = setInterval(look, limits.lowSpeedMilliseconds / looks);
  };

  enter('connect');
  return {
    phase: () => phase,
    expired: () => expired,
    enter,
    received(count) {
      bytes += count;
      timer?.refresh();
    },
    async paused(wait) {
      stop();
      await wait();
      enter(phase);
    },
    [Symbol.dispose]: stop,
  };
}

export function phaseMilliseconds(phase: Phase, limits: GitLimits): number {
  if (phase === 'connect') return limits.connectMilliseconds;
  return phase === 'head' ? limits.headMilliseconds : limits.idleMilliseconds;
}
