// PURE: figures -> what the process is short of, in words. The words are those of the moment it began, so that a status
// which shows them does not change while it lasts.
import { type Reading, shareOf } from './reading.ts';
import type { Figure } from './thresholds.ts';

export type StrainKind = 'memory' | 'cpu' | 'io' | 'eventLoop';
export type Strain = { readonly kind: 'none' } | { readonly kind: StrainKind; readonly message: string };

/** The most pressing first: what is short of memory is killed, what is short of the rest is slow. */
export const strainKinds = ['memory', 'cpu', 'io', 'eventLoop'] as const;

export const kindOf: Readonly<Record<Figure, StrainKind>> = {
  memory: 'memory',
  memoryStall: 'memory',
  throttled: 'cpu',
  cpuStall: 'cpu',
  ioStall: 'io',
  eventLoop: 'eventLoop',
};

export type Figures = Readonly<Record<Figure, number | undefined>>;

/** `eventLoop`: share of the time since the reading before in which it was busy. */
export function figuresOf(reading: Reading, before: Reading | undefined, eventLoop: number): Figures {
  return {
    memory: reading.memory === undefined ? undefined : shareOf(reading.memory),
    memoryStall: reading.memoryStall,
    throttled: throttled(reading, before),
    cpuStall: reading.cpuStall,
    ioStall: reading.ioStall,
    eventLoop,
  };
}

export function describe(figure: Figure, figures: Figures, reading: Reading): string {
  const percent = `${Math.round((figures[figure] ?? 0) * 100)} %`;
  const effect = 'looks at Git are further apart and folders are read one at a time until it has more';
  switch (figure) {
    case 'memory': {
      const { used = 0, limit = 0, of } = reading.memory ?? {};
      const amount = `${mebibytes(used)} of ${mebibytes(limit)} MiB`;
      const what = {
        cgroup: 'of its memory limit: raise the limit',
        heap: 'of the JavaScript heap: raise --max-old-space-size in NODE_OPTIONS, and the memory limit with it',
        machine: "of the machine's memory: give it a larger one",
      }[of ?? 'cgroup'];
      return `the controller uses ${amount} ${what}; ${effect}`;
    }
    case 'memoryStall':
      return `the controller stood still for want of memory for ${percent} of the time: raise the memory limit, or look at the node; ${effect}`;
    case 'throttled':
      return `the controller was stopped in ${percent} of the periods of its CPU limit: raise or drop the limit; ${effect}`;
    case 'cpuStall':
      return `the controller waited for a CPU for ${percent} of the time: raise its CPU request, or look at the node; ${effect}`;
    case 'ioStall':
      return `the controller waited for a disk for ${percent} of the time: look at the node; ${effect}`;
    case 'eventLoop':
      return `the controller's one thread was busy for ${percent} of the time: it has more to do than one CPU can; longer intervals help; ${effect}`;
    default:
      return figure satisfies never;
  }
}

function throttled({ periods }: Reading, before: Reading | undefined): number | undefined {
  if (periods === undefined || before?.periods === undefined) return undefined;
  const all = periods.all - before.periods.all;
  // No period has gone by in which it ran, or the group is another one now.
  return all <= 0 ? undefined : Math.max(0, periods.throttled - before.periods.throttled) / all;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
