// One piece of work in a thread of its own that ends with it, so that the event loop stays free and the memory comes back.
import { type Transferable, Worker } from 'node:worker_threads';

export type WorkerOptions = {
  /** The program: a .ts file of ours, or its bundle. */
  readonly program: URL;
  readonly data: unknown;
  /** Taken out of `data`: gone here afterwards. */
  readonly transfer: readonly Transferable[];
  /** Of JavaScript objects; what buffers hold comes on top. */
  readonly heapMegabytes: number;
  /** Called in the order in which they were sent; a throw ends the thread and is what `runWorker` rejects with. */
  readonly onMessage: (message: unknown, answer: Answer) => void | Promise<void>;
};

type Answer = (message: unknown, transfer: readonly Transferable[]) => void;

/** The thread needed more memory than it may have. */
export class WorkerOutOfMemory extends Error {
  override readonly name = 'WorkerOutOfMemory';
}

/** Resolves when the program has ended by itself and all its messages are handled. Leaves no thread behind. */
export async function runWorker(options: WorkerOptions, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const worker = new Worker(options.program, {
    workerData: options.data,
    transferList: [...options.transfer],
    // Young objects in a small space: it is doubled while work goes on, and V8 keeps its pages for some seconds afterwards.
    resourceLimits: { maxOldGenerationSizeMb: options.heapMegabytes, maxYoungGenerationSizeMb: 8 },
    // Nothing of the process's settings and environment is its business.
    execArgv: [],
    env: {},
  });
  const ended = Promise.withResolvers<void>();
  const abort = (): void => ended.reject(signal.reason);
  const answer: Answer = (message, transfer) => worker.postMessage(message, [...transfer]);
  let handled = Promise.resolve();
  worker.on('message', (message: unknown) => {
    handled = handled.then(() => options.onMessage(message, answer));
    handled.catch(ended.reject);
  });
  worker.once('error', (error) => ended.reject(failureOf(error)));
  // By now every message has been given out.
  worker.once('exit', (code) => {
    if (code === 0) handled.then(ended.resolve, ended.reject);
    else ended.reject(new Error(`the thread ended with code ${code}`));
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    await ended.promise;
  } finally {
    signal.removeEventListener('abort', abort);
    await worker.terminate();
  }
}

function failureOf(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new WorkerOutOfMemory('the thread ran out of memory', { cause: error })
    : error;
}
