// Whether a server is taken for one that gives no parts, for a while after it has shown so.
import type { Clock } from '../../../lib/clock.ts';

export type WholeForNow = {
  begin(): void;
  /** Calls `onOver` when the while is over just now. */
  holds(): boolean;
};

// Until a server is asked again whether it gives parts. It cannot learn that but by an upgrade, and until that is noticed
// everything works, for more bytes; but it may have refused only because one of several that serve a repository was not
// as far as the others yet.
const wholeMilliseconds = 600_000;

export function createWholeForNow(clock: Pick<Clock, 'monotonic'>, onOver: () => void): WholeForNow {
  let until: number | undefined;
  return {
    begin() {
      until ??= clock.monotonic() + wholeMilliseconds;
    },
    holds() {
      if (until === undefined) return false;
      if (clock.monotonic() < until) return true;
      until = undefined;
      onOver();
      return false;
    },
  };
}
