// A TCP proxy on loopback that can be told to fail: what stands between a client and a real server in tests of faults.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type TcpProxy = {
  readonly port: number;
  /** New connections go through; those that were frozen stay so. */
  pass(): void;
  /** New connections are closed at once, existing ones are cut. */
  refuse(): void;
  /** Connections, old and new, stay open and nothing comes through in either direction. */
  freeze(): void;
  /** Resets all connections that are open now; new ones go on as before. */
  cut(): void;
  /** New connections go through until so many bytes have come back to clients, of all of them together; then all are reset. */
  cutAfter(bytes: number): void;
  /** Connections accepted so far. */
  accepted(): number;
  /** Connections of clients that are open now. */
  open(): number;
  close(): Promise<void>;
};

type Mode = 'pass' | 'refuse' | 'freeze';

export async function startTcpProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<TcpProxy> {
  const open = new Set<Socket>();
  const clients = new Set<Socket>();
  let mode: Mode = 'pass';
  let left = Number.POSITIVE_INFINITY;
  let accepted = 0;

  const server = createServer((client) => {
    accepted += 1;
    track(client);
    clients.add(client);
    client.on('close', () => clients.delete(client));
    if (mode === 'refuse') return client.resetAndDestroy();
    if (mode === 'freeze') return client.pause();
    const upstream = connect(target.port, target.host);
    track(upstream);
    client.pipe(upstream);
    if (Number.isFinite(left)) upstream.on('data', (bytes: Buffer) => hand(client, bytes));
    else upstream.pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });

  function track(socket: Socket): void {
    open.add(socket);
    // The fault is the point; the client under test sees it at its own end.
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  }

  function hand(client: Socket, bytes: Buffer): void {
    client.write(bytes.subarray(0, Math.max(0, left)));
    left -= bytes.length;
    // What was written goes out first.
    if (left < 0) setImmediate(cut);
  }

  function cut(): void {
    for (const socket of open) socket.resetAndDestroy();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    port: address.port,
    pass() {
      mode = 'pass';
      left = Number.POSITIVE_INFINITY;
    },
    cutAfter(bytes) {
      mode = 'pass';
      left = bytes;
    },
    refuse() {
      mode = 'refuse';
      cut();
    },
    freeze() {
      mode = 'freeze';
      for (const socket of open) {
        socket.unpipe();
        socket.pause();
      }
    },
    cut,
    accepted: () => accepted,
    open: () => clients.size,
    async close() {
      server.close();
      cut();
      await once(server, 'close');
    },
  };
}
