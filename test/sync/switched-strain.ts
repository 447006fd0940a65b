// A pressure that a test switches: whatever the machine is short of, it says what it is told to.
import type { Pressure, Strain } from '../../src/sync/pressure/pressure.ts';

export type SwitchedStrain = {
  readonly pressure: Omit<Pressure, 'run'>;
  /** From now on. */
  set(strain: Strain): void;
};

export function createSwitchedStrain(): SwitchedStrain {
  const listeners = new Set<(strain: Strain) => void>();
  let now: Strain = { kind: 'none' };
  return {
    set(strain) {
      now = strain;
      for (const listener of listeners) listener(strain);
    },
    pressure: {
      current: () => now,
      stretch: (milliseconds) => milliseconds,
      readsAtATime: () => (now.kind === 'none' ? 4 : 1),
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
}
