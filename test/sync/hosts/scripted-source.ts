// A Source that answers as a test tells it to, and remembers when it was asked.

import { parseCommitId } from '../../../src/api/identifiers.ts';
import { type Reference, referenceKey } from '../../../src/api/reference.ts';
import { wholeFolder } from '../../../src/content/select/selection.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Folder, Head, ReadRequest, Resolved, Source, SourceFailure } from '../../../src/sync/source.ts';

export type ScriptedSource = Source & {
  /** From now on. Undefined: it answers. */
  fail(failure: SourceFailure | undefined): void;
  /** From now on it answers when told to only. */
  hang(): void;
  /** Everybody who hangs is answered. */
  release(): void;
  /** Monotonic times at which it was asked. */
  readonly asked: readonly number[];
  /** What it was given, each time. */
  readonly within: readonly (number | undefined)[];
  readonly closed: () => number;
};

export const main: Reference = { kind: 'branch', name: 'main' };

const commit = parseCommitId('1'.repeat(40));
if (commit === undefined) throw new Error('that is a commit');
const head: Head = { name: 'main', commit };

export const request: ReadRequest = {
  reference: main,
  head,
  selection: wholeFolder(''),
  submodules: false,
  published: undefined,
};

export const unreachable: SourceFailure = {
  kind: 'failed',
  class: 'retry',
  reason: 'Unreachable',
  message: 'https://git.example.com/own cannot be reached: nothing listens there',
};

export function failure(reason: SourceFailure['reason'], more: Partial<SourceFailure> = {}): SourceFailure {
  return { kind: 'failed', class: 'retry', reason, message: `scripted ${reason}`, ...more };
}

export function createScriptedSource(clock: Clock): ScriptedSource {
  const asked: number[] = [];
  const within: (number | undefined)[] = [];
  const hanging: (() => void)[] = [];
  let now: SourceFailure | undefined;
  let hangs = false;
  let closed = 0;

  const answer = async <T>(value: T, signal: AbortSignal): Promise<T | SourceFailure> => {
    asked.push(clock.monotonic());
    if (hangs) {
      await new Promise<void>((resolve, reject) => {
        hanging.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    }
    return now ?? value;
  };

  return {
    asked,
    within,
    closed: () => closed,
    fail(failure) {
      now = failure;
    },
    hang() {
      hangs = true;
    },
    release() {
      hangs = false;
      for (const resolve of hanging.splice(0)) resolve();
    },
    resolve: (references, signal, withinMilliseconds) => {
      within.push(withinMilliseconds);
      const heads = new Map(references.map((each) => [referenceKey(each), head] as const));
      return answer<Resolved>({ kind: 'ok', heads }, signal);
    },
    async read({ admit, onProgress }, signal) {
      const folder = await answer<Folder>(folderOf(), signal);
      onProgress?.({ bytes: 1, objects: undefined });
      await admit?.(signal);
      return folder;
    },
    close() {
      closed += 1;
    },
  };
}

function folderOf(): Folder {
  return {
    kind: 'ok',
    files: [],
    others: [],
    author: '',
    subject: '',
    history: { comparison: 'Unknown', subjects: [] },
  };
}
