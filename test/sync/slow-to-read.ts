// A Git server on whose requests of protocol version 2 tests put faults: its references are asked for by one, its objects
// by others. A delay that is shorter than the interval lets looks through and makes reads slow.
import { type FaultProxy, startFaultProxy } from '../../local/git-server/fault-proxy.ts';
import type { GitServer } from '../../local/git-server/server.ts';

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
