// What all readers of the process may keep together between two reads: the one that was read longest ago lets go first.

export type KeptBudget = {
  /** `letGo`: what it keeps is no longer wanted; it tells then what is left. */
  join(letGo: () => void): Keeper;
  /** Told so far by all who keep something. */
  bytes(): number;
};

export type Keeper = {
  /** It is read now: all others let go before it. */
  used(): void;
  holds(kept: { readonly objects: number; readonly bytes: number }): void;
  leave(): void;
};

// A fifth of what the controller should live with at a hundred repositories: 320 KiB for each of those, when config mostly
// has tens of KiB, or eight that use up all that one may keep. What does not fit costs some requests and no failure.
const budgetBytes = 32 * 1024 * 1024;
// Commits and folders of a small repository, and its files with them. Such readers let go only when all others have: it
// takes two thousand of them to fill the budget, and to drop one would bring hardly anything.
const smallBytes = 16 * 1024;
// An object's name, its place in the map and its Buffer, which is more than many a file has.
const objectBytes = 256;

type Held = { bytes: number; readonly letGo: () => void };

export function createKeptBudget(limit = budgetBytes): KeptBudget {
  // The one that was read last is the last.
  const readers = new Set<Held>();
  let total = 0;

  const set = (reader: Held, bytes: number): void => {
    total += bytes - reader.bytes;
    reader.bytes = bytes;
  };
  const shrink = (floor: number): void => {
    for (const reader of [...readers]) {
      if (total <= limit) return;
      if (reader.bytes <= floor) continue;
      // One that is being read lets go as soon as that is over.
      set(reader, 0);
      reader.letGo();
    }
  };

  return {
    join(letGo) {
      const reader: Held = { bytes: 0, letGo };
      readers.add(reader);
      return {
        used() {
          if (readers.delete(reader)) readers.add(reader);
        },
        holds({ objects, bytes }) {
          if (!readers.has(reader)) return;
          set(reader, bytes + objects * objectBytes);
          if (objects === 0) return;
          shrink(smallBytes);
          shrink(0);
        },
        leave() {
          if (readers.delete(reader)) total -= reader.bytes;
        },
      };
    },
    bytes: () => total,
  };
}
