// What this process holds, to be compared before and after: nothing may be kept of what is over.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes on the heap and in buffers that are still needed. */
export function neededBytes(): number {
  setFlagsFromString('--expose_gc');
  const collect: unknown = runInNewContext('gc');
  // Twice: what the first one finalises goes with the second.
  for (let round = 0; round < 2; round += 1) {
    if (typeof collect === 'function') collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Sockets, timers and whatever else keeps a process alive, counted by kind. */
export function activeResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Those of which there are more than before. */
export function moreThan(before: ReadonlyMap<string, number>): [kind: string, more: number][] {
  return [...activeResources()].flatMap(([kind, count]): [string, number][] => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [[kind, more]] : [];
  });
}
