// PURE: which Snapshots nothing keeps any more. A Snapshot stays while its GitConfig wants it, while anything names it, and
// while it is among the last ones before; what is over the budget of bytes is taken from those last ones alone.
import { defaultHistoryLimit, type GitConfig } from '../../api/gitconfig.ts';
import { type SnapshotKey, snapshotKey } from './names.ts';
import type { StoredSnapshot } from './stored.ts';

/** What a GitConfig says of its Snapshots. */
export type Wish =
  /** There is none: only names keep Snapshots. */
  | { readonly kind: 'gone' }
  /** It was made just now, or anew, and has accepted nothing yet: what it will want is not known. */
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'known';
      readonly wanted: ReadonlySet<string>;
      /** hash12, of the newest revision first. */
      readonly order: readonly string[];
      readonly historyLimit: number;
    };

export type Budgets = { readonly config: number; readonly namespace: number };

export type PlanInput = {
  readonly snapshots: readonly StoredSnapshot[];
  readonly wish: (config: string) => Wish;
  readonly isNamed: (key: SnapshotKey) => boolean;
  /** Bytes of all objects of a Snapshot. */
  readonly bytes: (snapshot: StoredSnapshot) => number;
  readonly budgets: Budgets;
};

export type Plan = {
  /** In the order in which they may go: the oldest first. */
  readonly collect: readonly StoredSnapshot[];
  /** What is needed and more than a budget allows; `config` undefined: of the namespace. */
  readonly over: readonly { readonly config: string | undefined; readonly bytes: number }[];
};

export function wishOf(gitConfig: GitConfig | undefined): Wish {
  if (gitConfig === undefined) return { kind: 'gone' };
  const { hash, stableHash, revisions = [] } = gitConfig.status ?? {};
  if (hash === undefined) return { kind: 'unknown' };
  return {
    kind: 'known',
    wanted: new Set([hash, stableHash].filter((each) => each !== undefined)),
    order: [...new Set(revisions.map((each) => each.hash))],
    historyLimit: gitConfig.spec.historyLimit ?? defaultHistoryLimit,
  };
}

/** Or may be, for all that is known. */
export function isWanted(wish: Wish, hash: string): boolean {
  return wish.kind === 'unknown' || (wish.kind === 'known' && wish.wanted.has(hash));
}

/** With `isNamed` always false it gives all that only a name could keep: when that is nothing, nobody need be asked. */
export function planCollection(input: PlanInput): Plan {
  const { snapshots, bytes, budgets } = input;
  const sum = (of: readonly StoredSnapshot[]): number => of.reduce((total, each) => total + bytes(each), 0);
  const configs = [...new Set(snapshots.map(({ config }) => config))];
  const shares = configs.map((config) => {
    const own = snapshots.filter((each) => each.config === config);
    const share = shareOf(own, input.wish(config), input.isNamed);
    const needed = sum(share.needed);
    const { kept, loose } = withinBudget(share.history, budgets.config - needed, bytes);
    return { config, needed, kept, loose: [...share.loose, ...loose] };
  });
  const needed = shares.reduce((total, share) => total + share.needed, 0);
  // Of the whole namespace the oldest go first, whosever they are.
  const history = shares.flatMap(({ kept }) => kept).sort(newestFirst);
  const { loose } = withinBudget(history, budgets.namespace - needed, bytes);
  const over = shares
    .filter((share) => share.needed > budgets.config)
    .map((share) => ({ config: share.config, bytes: share.needed }));
  return {
    collect: [...shares.flatMap((share) => share.loose), ...loose].sort(newestFirst).reverse(),
    over: needed > budgets.namespace ? [...over, { config: undefined, bytes: needed }] : over,
  };
}

type Share = {
  readonly needed: readonly StoredSnapshot[];
  /** Kept for a person who looks back, newest first; nothing needs them. */
  readonly history: readonly StoredSnapshot[];
  readonly loose: readonly StoredSnapshot[];
};

function shareOf(own: readonly StoredSnapshot[], wish: Wish, isNamed: PlanInput['isNamed']): Share {
  if (wish.kind === 'unknown') return { needed: own, history: [], loose: [] };
  const named = ({ config, hash }: StoredSnapshot): boolean => isNamed(snapshotKey(config, hash));
  if (wish.kind === 'gone') {
    return { needed: own.filter(named), history: [], loose: own.filter((each) => !named(each)) };
  }
  const earlier = own.filter(({ hash }) => !wish.wanted.has(hash));
  const whole = earlier.filter(({ base }) => base !== undefined).sort(byOrder(wish.order));
  const recent = new Set(whole.slice(0, wish.historyLimit));
  return {
    needed: own.filter((each) => wish.wanted.has(each.hash) || named(each)),
    history: whole.filter((each) => recent.has(each) && !named(each)),
    loose: earlier.filter((each) => !recent.has(each) && !named(each)),
  };
}

/** From the newest on, as long as there is room. */
function withinBudget(
  history: readonly StoredSnapshot[],
  room: number,
  bytes: PlanInput['bytes'],
): { readonly kept: readonly StoredSnapshot[]; readonly loose: readonly StoredSnapshot[] } {
  let used = 0;
  const end = history.findIndex((each) => {
    used += bytes(each);
    return used > room;
  });
  return end === -1
    ? { kept: history, loose: [] }
    : { kept: history.slice(0, end), loose: history.slice(end) };
}

/** By revision, and those that no known revision has, by age, behind them. */
function byOrder(order: readonly string[]): (left: StoredSnapshot, right: StoredSnapshot) => number {
  const places = new Map(order.map((hash, place) => [hash, place]));
  const place = ({ hash }: StoredSnapshot): number => places.get(hash) ?? order.length;
  return (left, right) => place(left) - place(right) || newestFirst(left, right);
}

function newestFirst(left: StoredSnapshot, right: StoredSnapshot): number {
  const nameOf = ({ config, hash }: StoredSnapshot): string => `${config}-${hash}`;
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt ? 1 : -1;
  return nameOf(left) < nameOf(right) ? -1 : 1;
}
