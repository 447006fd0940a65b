// Random histories of one workload and one config, with people, failures and losses in between. Whatever happens, a
// person's choice stands, nobody is left behind, and the table comes to rest.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, decide, type PinFacts } from '../../src/reloader/decide.ts';

const actions = [
  'undo',
  'resume',
  'replace',
  'strip',
  'stripAll',
  'dropPin',
  'failHere',
  'failElsewhere',
  'freeze',
  'thaw',
  'lose',
] as const;
type Step =
  | { readonly kind: 'commit'; readonly content: string }
  | { readonly kind: (typeof actions)[number]; readonly choice: number };
type Table = (facts: PinFacts) => Decision;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('commit' as const), content: fc.constantFrom(...'ABCDE') }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('undo' as const, 'resume' as const), choice: fc.nat(20) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom(...actions), choice: fc.nat(20) }) },
);
const history = fc.array(step, { minLength: 2, maxLength: 18 });

/** What is wrong with the history; undefined when nothing is. */
function fault(steps: readonly Step[], table: Table): string | undefined {
  const world = createWorld(table);
  for (const one of steps) {
    const wrong = world.live(one);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function createWorld(table: Table) {
  const snapshots = new Set<string>();
  const failed = new Set<string>();
  const accepted: string[] = [];
  const ran: string[] = [];
  let pin: string | undefined;
  let rolled: string | undefined;
  let held: string | undefined;
  let frozen = false;
  let otherWriter = false;
  let stable: string | undefined;
  let chosen: string | undefined;

  const newest = (): string | undefined => accepted.at(-1);
  const wanted = (): string | undefined => accepted.findLast((hash) => !failed.has(hash));
  const anotherIsGood = (): boolean => new Set(accepted.filter((hash) => !failed.has(hash))).size > 1;

  const happen = (one: Step): void => {
    if (one.kind === 'commit' || accepted.length === 0) {
      const content = one.kind === 'commit' ? one.content : 'A';
      snapshots.add(content);
      failed.delete(content);
      accepted.push(content);
      stable ??= content;
      return;
    }
    switch (one.kind) {
      case 'undo': {
        const olds = [...new Set(ran)].filter((hash) => hash !== pin && snapshots.has(hash)).sort();
        const old = olds[one.choice % Math.max(1, olds.length)];
        if (old === undefined) return;
        // Back to what was settled anyway is no choice of config, as when an older image is brought back.
        if (old !== rolled) chosen = old;
        pin = old;
        otherWriter = true;
        return;
      }
      case 'resume':
        if (held === undefined || pin !== rolled) return;
        held = chosen = undefined;
        otherWriter = false;
        return;
      case 'replace': // with admission away: Pin and all labels of ours are gone
        pin = rolled = held = chosen = undefined;
        frozen = otherWriter = false;
        return;
      case 'strip': // a tool prunes the label, the Pin stays
        rolled = undefined;
        if (pin === undefined) chosen = undefined; // nothing knows of it any more
        return;
      case 'stripAll': // the same with every label; what admission or we wrote last is then nobody's choice
        rolled = held = undefined;
        if (!otherWriter) chosen = undefined;
        return;
      case 'dropPin': // an undo to before the opt-in, with admission away
        pin = undefined;
        otherWriter = false;
        if (rolled === undefined || !snapshots.has(rolled)) chosen = undefined;
        return;
      case 'failHere': {
        const here = pin !== undefined && pin === wanted() && pin === rolled;
        if (here && held === undefined && !frozen && anotherIsGood() && pin !== undefined) failed.add(pin);
        return;
      }
      case 'failElsewhere': {
        const bad = wanted();
        if (bad !== undefined && anotherIsGood()) failed.add(bad);
        return;
      }
      case 'freeze':
        frozen = true;
        return;
      case 'thaw':
        frozen = false;
        return;
      case 'lose': // a backup was restored: an old Snapshot is not there
        if (pin !== undefined && pin !== wanted() && pin !== newest()) {
          snapshots.delete(pin);
          if (!frozen) chosen = undefined;
        }
        return;
    }
  };

  /** True if something was written. */
  const reconcile = (): boolean => {
    const decision = table({
      asked: true,
      newest: newest(),
      wanted: wanted(),
      stable: stable !== undefined && snapshots.has(stable) ? stable : wanted(),
      pin,
      rolled,
      held,
      otherWriter,
      rolledExists: rolled !== undefined && snapshots.has(rolled),
      pinLost: pin !== undefined && !snapshots.has(pin) && pin !== wanted(),
    });
    if (decision.kind === 'mark') {
      rolled = decision.rolled;
      held = decision.held;
      return true;
    }
    if (frozen || (decision.kind !== 'move' && decision.kind !== 'setPin')) return false;
    pin = rolled = decision.to;
    ran.push(decision.to);
    if (decision.kind === 'move') held = undefined;
    otherWriter = false;
    return true;
  };

  return {
    live(one: Step): string | undefined {
      happen(one);
      const frozenLoss = pin !== undefined && !snapshots.has(pin);
      for (let writes = 0; reconcile(); writes += 1) if (writes > 5) return 'never comes to rest';
      if (frozenLoss && chosen !== undefined && pin !== chosen) chosen = undefined;
      if (chosen !== undefined) {
        if (chosen === newest() && chosen === wanted()) {
          if (pin === chosen && held !== undefined) return 'the hold outlives its end';
          chosen = undefined;
          otherWriter = false;
        } else if (pin !== chosen && pin !== undefined) return `acted against a person who chose ${chosen}`;
      } else if (!frozen && held === undefined && pin !== wanted()) return 'left behind';
      if (!frozen && pin !== undefined && pin !== wanted() && !snapshots.has(pin))
        return 'left without Snapshot';
      return undefined;
    },
  };
}

describe('the table, over random histories', () => {
  it('never acts against a person, leaves nobody behind and comes to rest', () => {
    fc.assert(
      fc.property(history, (steps) => {
        expect(fault(steps, decide)).toBeUndefined();
      }),
      { numRuns: 10_000 },
    );
  });

  // A law that a broken table keeps would prove nothing.
  it.each<[string, Table]>([
    ['managedFields are not asked', (facts) => decide({ ...facts, otherWriter: false })],
    ['the held label is not read', (facts) => decide({ ...facts, held: undefined })],
    ['the memory is not read', (facts) => decide({ ...facts, rolled: facts.pin })],
    [
      'Git coming to the same content is not remembered',
      (facts) => {
        const decision = decide(facts);
        return decision.row === 'newest' ? { kind: 'nothing', row: 'newest' } : decision;
      },
    ],
    [
      'a choice is remembered without a hold',
      (facts) => {
        const decision = decide(facts);
        return decision.kind === 'mark' ? { ...decision, held: undefined } : decision;
      },
    ],
    ['a lost Pin is left alone', (facts) => decide({ ...facts, pinLost: false })],
    [
      'a lost Pin of a template goes to the stable hash, whatever was rolled',
      (facts) => decide({ ...facts, rolledExists: facts.pin === undefined ? false : facts.rolledExists }),
    ],
    [
      'a hold begins without its hash',
      (facts) => {
        const decision = decide(facts);
        return decision.kind === 'hold' ? { kind: 'move', row: 'held', to: facts.wanted ?? '' } : decision;
      },
    ],
  ])('finds it out when %s', (_, table) => {
    const found = fc.check(
      fc.property(history, (steps) => fault(steps, table) === undefined),
      { numRuns: 50_000, seed: 7 },
    );
    expect(found.failed).toBe(true);
  });
});
