// Whether this process is short of memory, CPU, I/O or time of its event loop, and what it does less of while it is.
// It never stops: what is short is looked at less often and read one at a time.
import { readFile as readFromDisk } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Gauge, type Registry } from 'prom-client';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { calm, judge, type Strained } from './gauge.ts';
import { type OwnMemory, type ReadFile, type Reading, takeReading } from './reading.ts';
import { describe, figuresOf, kindOf, type Strain, strainKinds } from './strain.ts';
import { type Figure, thresholds } from './thresholds.ts';

export type { Strain } from './strain.ts';

export type Pressure = {
  current(): Strain;
  /** How long a regular wait should be now. */
  stretch(milliseconds: number): number;
  /** Folders that may be read at the same time, over all repositories. */
  readsAtATime(): number;
  /** Told when what it is short of changes, until the function that it gives is called. */
  onChange(listener: (strain: Strain) => void): () => void;
  /** Looks again and again until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
};

// The kernel's figures are averages over 10 s. A look costs some ten small files, a millisecond.
const sampleMilliseconds = 5_000;
// A third of the looks: one step that is felt, and one that people who wait for a commit can still live with.
const factor = 3;
// Beyond this a longer wait saves next to nothing, and would only hide a commit.
const longestStretchedMilliseconds = 300_000;
// Each read holds a pack and its objects in memory.
const readsWhenCalm = 4;

export function createPressure(deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  readonly readFile?: ReadFile;
  readonly ownMemory?: OwnMemory;
  /** Share of the time since the last call in which the event loop was busy. */
  readonly eventLoop?: () => number;
}): Pressure {
  const { clock, log, readFile = readText, ownMemory = memoryOfNode } = deps;
  const eventLoop = deps.eventLoop ?? createEventLoopShare();
  const states = new Map<Figure, Strained>();
  const messages = new Map<Figure, string>();
  const listeners = new Set<(strain: Strain) => void>();
  let last: Reading | undefined;
  let strain: Strain = { kind: 'none' };

  const figures = Object.keys(thresholds).filter(isFigure);
  const strained = (kind: string): Figure | undefined =>
    figures.find((figure) => kindOf[figure] === kind && messages.has(figure));

  new Gauge({
    name: 'confroll_strain',
    help: 'Whether the controller is short of memory, cpu, io or eventLoop time, and does less for that: 0 or 1.',
    labelNames: ['kind'],
    registers: [deps.registry],
    collect() {
      for (const kind of strainKinds) this.set({ kind }, strained(kind) === undefined ? 0 : 1);
    },
  });

  const worst = (): Strain => {
    for (const kind of strainKinds) {
      const figure = strained(kind);
      const message = figure === undefined ? undefined : messages.get(figure);
      if (message !== undefined) return { kind, message };
    }
    return { kind: 'none' };
  };

  const sample = async (): Promise<void> => {
    const reading = await takeReading(readFile, ownMemory);
    const values = figuresOf(reading, last, eventLoop());
    last = reading;
    const seconds = clock.monotonic() / 1000;
    for (const figure of figures) {
      const state = judge(states.get(figure) ?? calm, values[figure], thresholds[figure], seconds);
      states.set(figure, state);
      if (!state.isStrained) messages.delete(figure);
      else if (!messages.has(figure)) messages.set(figure, describe(figure, values, reading));
    }
    const before = strain;
    strain = worst();
    if (before.kind === strain.kind) return;
    if (strain.kind === 'none') log.info({ was: before.kind }, 'controller is no longer throttled');
    else log.warn({ strain: strain.kind, why: strain.message }, 'controller is throttled');
    for (const listener of listeners) listener(strain);
  };

  return {
    current: () => strain,
    stretch(milliseconds) {
      if (strain.kind === 'none') return milliseconds;
      return Math.max(milliseconds, Math.min(milliseconds * factor, longestStretchedMilliseconds));
    },
    readsAtATime: () => (strain.kind === 'none' ? readsWhenCalm : 1),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async run(signal) {
      while (!signal.aborted) {
        await sample();
        try {
          await clock.sleep(sampleMilliseconds, signal);
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }
    },
  };
}

function isFigure(name: string): name is Figure {
  return name in thresholds;
}

const readText: ReadFile = (path) => readFromDisk(path, 'utf8').catch(() => undefined);

const memoryOfNode: OwnMemory = () => {
  const heap = getHeapStatistics();
  return {
    heapUsed: heap.used_heap_size,
    heapLimit: heap.heap_size_limit,
    resident: process.memoryUsage.rss(),
    machine: totalmem(),
  };
};

function createEventLoopShare(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}
