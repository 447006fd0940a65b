// An SSH server on loopback that does what a test says at the point where it goes wrong.
import { createServer, type Socket } from 'node:net';
import ssh2, { type ServerChannel, type ServerConfig } from 'ssh2';
import { makeSshKey } from '../../../../local/git-server/ssh-keys.ts';

export type Script = {
  /** Default: every key is let in. `silent`: no answer. `hangs up`: the connection ends. */
  readonly login?: 'refuses' | 'silent' | 'hangs up';
  /** Default: a channel and the command. */
  readonly session?: 'refuses' | 'silent' | 'refuses the command';
  /** When the command runs; what is not written is not said. */
  readonly run?: (channel: ServerChannel, command: string, drop: () => void) => void;
  readonly algorithms?: ServerConfig['algorithms'];
};

export type ScriptedServer = AsyncDisposable & {
  readonly url: string;
  readonly knownHosts: string;
  /** Takes effect with the next login or channel. */
  play(script: Script): void;
  connections(): number;
  /** So many so far. */
  accepted(): number;
  /** Hashes, or else types of keys, that logins were tried with. */
  signatures(): readonly string[];
};

export async function startScriptedServer(first: Script): Promise<ScriptedServer> {
  const hostKey = makeSshKey({ type: first.algorithms === undefined ? 'ed25519' : 'rsa' });
  const open = new Set<Socket>();
  const signatures = new Set<string>();
  let script = first;
  let accepted = 0;
  const listener = createServer({ noDelay: true }, (socket) => {
    accepted += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    serve(socket, hostKey.privateKey, () => script, signatures);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `ssh://git@127.0.0.1:${address.port}/team/config.git`,
    knownHosts: `[127.0.0.1]:${address.port} ${hostKey.publicKey}`,
    play(next) {
      script = next;
    },
    connections: () => open.size,
    accepted: () => accepted,
    signatures: () => [...signatures],
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => listener.close(() => resolve()));
    },
  };
}

function serve(socket: Socket, hostKey: string, script: () => Script, signatures: Set<string>): void {
  const { algorithms } = script();
  const server = new ssh2.Server(
    { hostKeys: [hostKey], ...(algorithms === undefined ? {} : { algorithms }) },
    (client) => {
      client.on('error', () => {});
      client.on('authentication', (context) => {
        const { login } = script();
        if (context.method === 'publickey') signatures.add(context.hashAlgo ?? context.key.algo);
        if (login === undefined) context.accept();
        if (login === 'refuses') context.reject(['publickey']);
        if (login === 'hangs up') socket.destroy();
      });
      client.on('session', (accept, reject) => {
        const { session, run } = script();
        if (session === 'refuses') reject();
        if (session === 'refuses' || session === 'silent') return;
        const accepted = accept();
        accepted.on('env', (ok) => ok?.());
        accepted.on('exec', (acceptCommand, rejectCommand, { command }) => {
          if (session === 'refuses the command') {
            rejectCommand();
            return;
          }
          const channel = acceptCommand();
          channel.on('error', () => {});
          run?.(channel, command, () => socket.destroy());
        });
      });
    },
  );
  server.injectSocket(socket);
}
