// A TCP port on loopback that nobody listens on right now.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Somebody else may take it before it is used; callers whose program then fails to start try again. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no TCP port');
  return address.port;
}
