// PURE: when a figure that goes up and down counts as strain: from `enter` on, once it has been there for `enterSeconds`,
// until it has been below `leave` for `leaveSeconds`. Between the two it stays what it was.

export type Threshold = {
  readonly enter: number;
  readonly leave: number;
  readonly enterSeconds: number;
  readonly leaveSeconds: number;
};

export type Strained = {
  readonly isStrained: boolean;
  /** In seconds: since when the figure has been beyond what would change it. */
  readonly beyondSince: number | undefined;
};

export const calm: Strained = { isStrained: false, beyondSince: undefined };

/** A figure that is not known counts as 0. */
export function judge(
  before: Strained,
  value: number | undefined,
  threshold: Threshold,
  nowSeconds: number,
): Strained {
  const { isStrained } = before;
  const isBeyond = isStrained ? (value ?? 0) < threshold.leave : (value ?? 0) >= threshold.enter;
  if (!isBeyond) return { isStrained, beyondSince: undefined };
  const beyondSince = before.beyondSince ?? nowSeconds;
  const needed = isStrained ? threshold.leaveSeconds : threshold.enterSeconds;
  if (nowSeconds - beyondSince < needed) return { isStrained, beyondSince };
  return { isStrained: !isStrained, beyondSince: undefined };
}
