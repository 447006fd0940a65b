// The table of states: what is to be done about one config of one workload. Its order is the rule that confroll never
// acts against a person; every row is named, so that it can be told and tested.

/** hash12 values; a Pin or a label that a person wrote may be any text. */
export type PinFacts = {
  /** The workload asks for this config. */
  readonly asked: boolean;
  /** Newest accepted content; undefined without a GitConfig or while nothing is accepted. */
  readonly newest: string | undefined;
  /** The newest accepted content that has not failed. */
  readonly wanted: string | undefined;
  /** What new Pods start with. */
  readonly stable: string | undefined;
  readonly pin: string | undefined;
  readonly rolled: string | undefined;
  readonly held: string | undefined;
  /** managedFields names somebody else as the writer of the Pin. */
  readonly otherWriter: boolean;
  /** The Snapshot that `rolled` names is there. */
  readonly rolledExists: boolean;
  /** The Snapshot that the Pin names is absent, and nobody makes it again. */
  readonly pinLost: boolean;
};

export type Row =
  | 'asks no more'
  | 'nothing accepted'
  | 'no Pin'
  | 'lost'
  | 'newest'
  | 'ours without memory'
  | 'chosen by somebody'
  | 'held'
  | 'wanted'
  | 'ours';

export type Decision =
  | { readonly kind: 'nothing'; readonly row: Row }
  /** A person wants it so; nothing of this workload moves. */
  | { readonly kind: 'hold'; readonly row: Row }
  /** Take our labels of this config off the workload. */
  | { readonly kind: 'clearLabels'; readonly row: Row }
  /** Labels only: the template stays. `held: undefined` takes the label off. */
  | {
      readonly kind: 'mark';
      readonly row: Row;
      readonly rolled: string;
      readonly held: string | undefined;
    }
  /** The template gets its first Pin, or the one it lost; `held` stays as it is. */
  | { readonly kind: 'setPin'; readonly row: Row; readonly to: string }
  /** Pin and `rolled` to `to`, `held` off. */
  | { readonly kind: 'move'; readonly row: Row; readonly to: string };

export function decide(facts: PinFacts): Decision {
  const { newest, wanted, stable, pin, rolled, held } = facts;
  if (!facts.asked) return { kind: 'clearLabels', row: 'asks no more' };
  if (newest === undefined) return { kind: 'nothing', row: 'nothing accepted' };
  if (pin === undefined) {
    const to = rolled !== undefined && facts.rolledExists ? rolled : stable;
    return to === undefined ? { kind: 'nothing', row: 'no Pin' } : { kind: 'setPin', row: 'no Pin', to };
  }
  if (facts.pinLost) return moveTo(wanted, facts, 'lost');
  if (pin === wanted && pin === newest) return mark(facts, pin, undefined, 'newest');
  if (rolled === undefined && held === undefined && !facts.otherWriter)
    return moveTo(wanted, facts, 'ours without memory');
  if (pin !== rolled) return mark(facts, pin, newest, 'chosen by somebody');
  if (held !== undefined) return { kind: 'hold', row: 'held' };
  if (pin === wanted) return { kind: 'nothing', row: 'wanted' };
  return moveTo(wanted, facts, 'ours');
}

function mark(facts: PinFacts, rolled: string, held: string | undefined, row: Row): Decision {
  if (facts.rolled !== rolled || facts.held !== held) return { kind: 'mark', row, rolled, held };
  return held === undefined ? { kind: 'nothing', row } : { kind: 'hold', row };
}

function moveTo(to: string | undefined, facts: PinFacts, row: Row): Decision {
  if (to === undefined) return { kind: 'nothing', row };
  // Already there, without memory of it: only the label is missing.
  return to === facts.pin ? mark(facts, to, undefined, row) : { kind: 'move', row, to };
}
