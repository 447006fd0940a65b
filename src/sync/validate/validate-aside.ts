// Checks a folder without holding up the process: a small one without schemas at once, all others in a thread that is
// ended when it takes too long. A tenant's regular expression may never end.
import type { ContentError } from '../../content/content-error.ts';
import type { FolderFile } from '../../content/folder-file.ts';
import type { Rules } from '../../content/validate/rules.ts';
import { validateFiles } from '../../content/validate/validate-files.ts';
import type { Clock } from '../../lib/clock.ts';
import { runWithDeadline } from '../../lib/deadline.ts';
import { isRecord } from '../../lib/json.ts';
import { runWorker, WorkerOutOfMemory } from '../../lib/run-worker.ts';

export type Verdict = {
  readonly errors: readonly ContentError[];
  /** It was given up: another time it may end. */
  readonly isUnfinished: boolean;
};

/** Rejects with the signal's reason only. */
export async function validateAside(
  files: readonly FolderFile[],
  rules: Rules,
  deps: { readonly clock: Pick<Clock, 'sleep'>; readonly milliseconds?: number },
  signal: AbortSignal,
): Promise<Verdict> {
  signal.throwIfAborted();
  if (isHarmless(files, rules)) return { errors: validateFiles(files, rules, () => []), isUnfinished: false };
  const milliseconds = deps.milliseconds ?? defaultMilliseconds;
  const tooSlow = new Error('checking takes too long');
  try {
    const errors = await runWithDeadline(
      { clock: deps.clock, signal, milliseconds, timeoutReason: () => tooSlow },
      (inner) => inThread(files, rules, inner),
    );
    return { errors, isUnfinished: false };
  } catch (error) {
    if (error === tooSlow) return unfinished(`longer than ${milliseconds / 1000} s`);
    if (error instanceof WorkerOutOfMemory) return unfinished(`more than ${heapMegabytes} MiB of memory`);
    throw error;
  }
}

// One MiB of YAML takes half a second, with all the errors of a schema two; on a busy node several times that.
const defaultMilliseconds = 20_000;

// One MiB of YAML takes up to 100 MiB, and a schema with all its errors may take as much again.
const heapMegabytes = 192;

// Some 30 ms of work in all, less than starting a thread takes. The checks are linear, and so are globs up to a bound, so
// nothing can stretch that much; what a schema costs, only running it tells.
const smallBytes = 128 * 1024;

function isHarmless(files: readonly FolderFile[], { schemas }: Rules): boolean {
  return schemas.length === 0 && files.reduce((sum, file) => sum + file.bytes.length, 0) <= smallBytes;
}

async function inThread(
  files: readonly FolderFile[],
  rules: Rules,
  signal: AbortSignal,
): Promise<readonly ContentError[]> {
  // What Git gave shares memory with its neighbours, which would be copied along.
  const own = files.map((file) => ({
    ...file,
    path: new Uint8Array(file.path),
    bytes: new Uint8Array(file.bytes),
  }));
  const found: ContentError[] = [];
  await runWorker(
    {
      program,
      data: { files: own, rules },
      transfer: [],
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
