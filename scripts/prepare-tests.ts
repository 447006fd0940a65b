// Brings all that the tests run: programs, Debian packages, images. Here it takes the time it takes and says so; inside
// a test it would look like a test that hangs.
import process from 'node:process';
import { findBinaries } from '../local/binaries/binaries.ts';
import { missingPackages } from '../local/cluster/debian-packages.ts';
import { readEnvironment } from '../local/environment.ts';
import { buildImages } from '../local/image/images.ts';

/** Rejects when programs cannot be had; what only a real node needs may be missing, its tests say `skipped` then. */
export async function prepareTests(log: (line: string) => void, signal: AbortSignal): Promise<void> {
  const environment = readEnvironment();
  await findBinaries('simulated', environment, { log, signal });
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return;
  await findBinaries('real', environment, { log, signal });
  const missing = await missingPackages({ signal, log, cache: environment.cache });
  for (const line of missing) log(line);
  if (missing.length === 0) await buildImages(log, { signal });
}
