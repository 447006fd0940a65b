// A Git server that lists its branches as always, and on whose reads tests put faults.
import { type FaultProxy, startFaultProxy } from '../../local/git-server/fault-proxy.ts';
import type { GitServer } from '../../local/git-server/server.ts';

/** A way to the server on which faults are for reads alone; branches are listed as always. */
export async function slowToRead(
  git: GitServer,
): Promise<{ proxy: FaultProxy; reads: () => number } & AsyncDisposable> {
  let reads = 0;
  const proxy = await startFaultProxy({
    target: { host: '127.0.0.1', port: git.port },
    affects: (line) => {
      const isRead = line.startsWith('POST');
      if (isRead) reads += 1;
      return isRead;
    },
  });
  return { proxy, reads: () => reads, [Symbol.asyncDispose]: () => proxy.stop() };
}
