// Stands in front of webhook replicas that run as processes, as a Service does in a cluster: each new connection goes
// to the next replica that accepts it.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Front = {
  readonly port: number;
  /** Replaces the ports on loopback that connections are handed to. */
  setBackends(ports: readonly number[]): void;
  stop(): Promise<void>;
};

export async function startFront(): Promise<Front> {
  let backends: readonly number[] = [];
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    track(client);
    turn += 1;
    join(client, [
      ...backends.slice(turn % (backends.length || 1)),
      ...backends.slice(0, turn % (backends.length || 1)),
    ]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the system gave no TCP port');

  function track(socket: Socket): void {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
  }

  function join(client: Socket, [port, ...others]: readonly number[]): void {
    if (port === undefined) {
      client.destroy();
      return;
    }
    const backend = connect(port, '127.0.0.1');
    track(backend);
    const refused = (): void => join(client, others);
    backend.once('error', refused);
    backend.once('connect', () => {
      backend.off('error', refused);
      client.pipe(backend).pipe(client);
      client.once('close', () => backend.destroy());
      backend.once('close', () => client.destroy());
    });
  }

  return {
    port: address.port,
    setBackends(ports) {
      backends = ports;
    },
    async stop() {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}
