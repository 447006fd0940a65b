// A temporary folder that goes away with this process, however it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

export type TemporaryFolder = { readonly path: string; remove(): Promise<void> };

/** A new folder in `parent`, which must exist. */
export function makeTemporaryFolder(parent: string, prefix: string): TemporaryFolder {
  const path = mkdtempSync(join(parent, prefix));
  // A shell of its own session waits for the pipe that only this process holds; the kernel closes it, come what may.
  const remover = spawn('sh', ['-c', 'cat > /dev/null; exec rm -rf "$0"', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  remover.unref();
  const ended = once(remover, 'close');
  return {
    path,
    async remove() {
      remover.ref();
      remover.stdin.end();
      await ended;
    },
  };
}
