// Checks a folder without holding up the process: a small one without schemas at once, all others in a thread that is
// ended when it takes too long, one at a time. A tenant's regular expression may never end.
import type { ContentError } from '../../content/content-error.ts';
import type { Rules } from '../../content/validate/rules.ts';
import { validateFiles } from '../../content/validate/validate-files.ts';
import type { Clock } from '../../lib/clock.ts';
import { runWithDeadline } from '../../lib/deadline.ts';
import { isRecord } from '../../lib/json.ts';
import { runWorker, WorkerOutOfMemory } from '../../lib/run-worker.ts';
import { createFairTurns } from './fair-turns.ts';
import { packed, type ToCheck } from './packed.ts';

export type Verdict = {
  readonly errors: readonly ContentError[];
  /** It was given up: another time it may end. */
  readonly isUnfinished: boolean;
};

/** Waits for its turn on nobody's deadline. Rejects with the signal's reason only. */
export async function validateAside(
  folder: ToCheck,
  rules: Rules,
  deps: {
    readonly clock: Pick<Clock, 'sleep'>;
    readonly milliseconds?: number;
    /** Who comes again and again waits for all others: the namespace. */
    readonly whose?: string;
  },
  signal: AbortSignal,
): Promise<Verdict> {
  signal.throwIfAborted();
  if (isHarmless(folder, rules)) {
    return { errors: validateFiles(folder.files, rules, () => [], folder.envOnly), isUnfinished: false };
  }
  const milliseconds = deps.milliseconds ?? defaultMilliseconds;
  const { clock, whose = '' } = deps;
  const work = (): Promise<Verdict> => inTime(folder, rules, { clock, milliseconds }, signal);
  return await turns.take(whose, work, ({ isUnfinished }) => isUnfinished, signal);
}

// Of the whole process, whoever asks: it is the process that has 512 MiB, and a schema that takes all that a thread may
// have takes 230 of them. Two at a time leave nothing for reads, and four end the controller, for all namespaces.
const turns = createFairTurns();

async function inTime(
  folder: ToCheck,
  rules: Rules,
  { clock, milliseconds }: { readonly clock: Pick<Clock, 'sleep'>; readonly milliseconds: number },
  signal: AbortSignal,
): Promise<Verdict> {
  const tooSlow = new Error('checking takes too long');
  try {
    const errors = await runWithDeadline(
      { clock, signal, milliseconds, timeoutReason: () => tooSlow },
      (inner) => inThread(folder, rules, inner),
    );
    return { errors, isUnfinished: false };
  } catch (error) {
    if (error === tooSlow) return unfinished(`longer than ${milliseconds / 1000} s`);
    if (error instanceof WorkerOutOfMemory) return unfinished(`more than ${heapMegabytes} MiB of memory`);
    throw error;
  }
}

// One MiB of YAML takes half a second, with all the errors of a schema two; on a busy node several times that.
const defaultMilliseconds = 10_000;

// One MiB of dense YAML with the errors of a schema needs less than 96 MiB, and so do 10 MiB in ten files; 3 000 files of
// 10 MiB together need less than 48. Beside its heap a thread takes up to 100 MiB: what V8 lays out while it compiles a large
// schema, the stack of its regular expressions, and the copy of the files. With the 110 to 150 MiB of the process itself
// that is 380 of the 512 MiB that the container may have, also when one follows the other, as long as malloc keeps one arena
// (see the Dockerfile); the rest is for what is read meanwhile.
const heapMegabytes = 128;

// Some 30 ms of work in all, less than starting a thread takes. The checks are linear, and so are globs up to a bound, so
// nothing can stretch that much; what a schema costs, only running it tells.
const smallBytes = 128 * 1024;

function isHarmless({ files, envOnly }: ToCheck, { schemas }: Rules): boolean {
  const bytes = [...files, ...envOnly].reduce((sum, file) => sum + file.bytes.length, 0);
  return schemas.length === 0 && bytes <= smallBytes;
}

async function inThread(
  folder: ToCheck,
  rules: Rules,
  signal: AbortSignal,
): Promise<readonly ContentError[]> {
  const { data, transfer } = packed(folder, rules);
  const found: ContentError[] = [];
  await runWorker(
    {
      program,
      data,
      transfer,
      heapMegabytes,
      onMessage: (message) => {
        if (!Array.isArray(message) || !message.every(isContentError)) {
          throw new TypeError('not a message of ours');
        }
        found.push(...message);
      },
    },
    signal,
  );
  return found;
}

function isContentError(value: unknown): value is ContentError {
  return isRecord(value) && typeof value.path === 'string' && typeof value.message === 'string';
}

function unfinished(what: string): Verdict {
  const message = `checking the files takes ${what}; simplify the patterns of the schemas and the globs, or leave large files out with spec.validate.skip`;
  return { errors: [{ path: 'spec.validate', message }], isUnfinished: true };
}

// The same name beside this file and beside the bundle.
const program = new URL(
  `./validate-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'mjs'}`,
  import.meta.url,
);
