// Waiting for something that will never happen when a program has ended in the meantime.
import type { Running } from './programs.ts';

/** The result of `work`; rejects with the program's last words as soon as one of `running` ends, and aborts the work. */
export async function whileRunning<T>(
  running: readonly Running[],
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const ends = running.map(async ({ ended }) => {
    throw await ended;
  });
  try {
    return await Promise.race([work(AbortSignal.any([signal, controller.signal])), ...ends]);
  } finally {
    controller.abort();
  }
}
