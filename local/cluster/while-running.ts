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

/** Both results; when one fails, aborts the other, waits until it has ended, and rejects with the first reason. */
export async function bothOrNone<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const controller = new AbortController();
  const either = AbortSignal.any([signal, controller.signal]);
  const works = [first(either), second(either)] as const;
  try {
    return await Promise.all(works);
  } catch (error) {
    controller.abort();
    await Promise.allSettled(works);
    throw error;
  }
}
