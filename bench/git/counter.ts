// Stands between a client and the server on loopback, and counts both ways; the same for everybody who is measured.
import { connect, createServer, type Socket } from 'node:net';

export type Counter = {
  readonly url: string;
  read(): { readonly bytes: number; readonly requests: number };
  stop(): Promise<void>;
};

export async function startCounter(port: number): Promise<Counter> {
  const open = new Set<Socket>();
  let bytes = 0;
  let requests = 0;
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port, noDelay: true });
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      socket.once('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      if (/^(?:GET|POST) \S+ HTTP/.test(chunk.subarray(0, 2_048).toString('latin1'))) requests += 1;
    });
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the counter has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    read: () => ({ bytes, requests }),
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
