// Whether a pack is whole and of bearable size, for who reads it with a reader that asks neither.
import { deltaResultSize } from './delta.ts';
import { createCounter, readEntries } from './entries.ts';
import type { UnpackLimits } from './unpack-limits.ts';

/** Throws a PackError. Keeps nothing of what is inflated. */
export function checkPack(pack: Buffer, limits: UnpackLimits): void {
  const count = createCounter(limits);
  for (const { header, inflated } of readEntries(pack, limits.objects, count)) {
    if (header.content.kind !== 'whole') count(deltaResultSize(inflated));
  }
}
