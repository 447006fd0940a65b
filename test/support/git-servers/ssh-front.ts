// An SSH server for tests in front of the real git-upload-pack, that misbehaves while it is told to, and remembers who
// tried to log in. One server: each thing that it may do instead stands where it happens between login and last byte.
import { spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import ssh2, { type ClientInfo, type Connection, type ServerChannel } from 'ssh2';
import { gitEnvironment } from '../../../local/git-server/git.ts';
import { sshKeyPair } from '../ssh-key-pair.ts';
import { pourRefs } from './endless-refs.ts';
import { flush, pktLine } from './packs.ts';
import { refusedWant, type Speaks, wantsCommits } from './speaks.ts';

export type SshMisbehaviour =
  /** Accepts the connection and never says who it is. */
  | 'silent'
  | 'resets'
  /** It has said who it is, and the client has begun to agree on keys. */
  | 'resets in the handshake'
  /** Both have said who they are, and the client has begun to agree on keys. */
  | 'resets in the handshake'
  /** Another host key than before. */
  | 'changed key'
  | 'refuses the key'
  | 'refuses the command'
  /** As soon as the command is asked for. */
  | 'closes the channel'
  /** In the middle of the answer. */
  | 'closes the channel in the pack'
  | 'drops the connection in the pack'
  /** And keeps the channel open. */
  | 'stops in the pack'
  /** In place of its own. */
  | 'pours refs'
  | 'says nothing on the channel'
  /** git's own words on standard error, and an exit code. */
  | 'fails';

export type SshFront = {
  /** `ssh://git@host:port`. */
  readonly url: string;
  readonly host: string;
  /** A line of a known_hosts file. */
  readonly knownHosts: string;
  misbehave(next: SshMisbehaviour | undefined): void;
  /** Packs from now on are begun to be sent when this is over. */
  holdPacks(until: Promise<void>): void;
  /** From the next connection on; gives its line. */
  changeHostKey(): string;
  allow(publicKeys: readonly string[]): void;
  connections(): number;
  dropConnections(): void;
  /** Keys and passwords that were shown, by method. */
  attempts(): readonly string[];
  stop(): Promise<void>;
};

export async function startSshFront(options: {
  /** Folder of the repositories. */
  readonly root: string;
  readonly publicKeys: readonly string[];
  /** Words of the server: in its banner, on standard error and in what it refuses. */
  readonly text: string;
  /** What the server has learnt. Default: all. */
  readonly speaks?: Speaks;
}): Promise<SshFront> {
  const { speaks = 'v2' } = options;
  const open = new Set<Socket>();
  const attempts: string[] = [];
  let [allowed, misbehaviour]: [readonly string[], SshMisbehaviour | undefined] = [
    options.publicKeys,
    undefined,
  ];
  let held: Promise<void> = Promise.resolve();
  let host = sshKeyPair();
  const stranger = sshKeyPair();
  const running = new Set<ReturnType<typeof spawn>>();

  const onSession = (channel: ServerChannel, command: string, version2: boolean): void => {
    channel.on('error', () => {});
    if (misbehaviour === 'says nothing on the channel') return;
    if (misbehaviour === 'closes the channel') return void channel.close();
    if (misbehaviour === 'fails') {
      channel.stderr.write(`fatal: ${options.text}\n`);
      channel.exit(128);
      return void channel.end();
    }
    if (misbehaviour === 'pours refs') {
      if (!version2 || speaks === 'v0') return void pourRefs(channel);
      channel.write(
        Buffer.concat([...['version 2\n', 'ls-refs=unborn\n', 'fetch=shallow filter\n'].map(pktLine), flush]),
      );
      return void channel.once('data', () => void pourRefs(channel));
    }
    const path = /^git-upload-pack '(.*)'$/.exec(command)?.[1] ?? '';
    const directory = join(options.root, path);
    const child = spawn('git-upload-pack', [directory], {
      env: {
        ...gitEnvironment(),
        ...(version2 && speaks !== 'v0' ? { GIT_PROTOCOL: 'version=2' } : {}),
        // The last one counts, and this one is: command line settings of git travel in it.
        ...(speaks === 'v2-without-filter'
          ? { GIT_CONFIG_PARAMETERS: "'uploadpack.allowfilter'='false'" }
          : {}),
      },
    });
    running.add(child);
    child.once('close', (code) => {
      running.delete(child);
      channel.exit(code ?? 1);
      channel.end();
    });
    child.on('error', () => void channel.close());
    child.stdin.on('error', () => {});
    if (speaks === 'v2-commits-only' && version2) void passCommits(channel, child.stdin, directory);
    else channel.pipe(child.stdin);
    child.stderr.on('data', (chunk: Buffer) => void channel.stderr.write(chunk));
    channel.once('close', () => child.kill());
    child.stdout.on('data', (chunk: Buffer) => {
      const isPack = chunk.includes('PACK');
      if (isPack && misbehaviour === 'drops the connection in the pack') {
        for (const socket of open) socket.resetAndDestroy();
      } else if (isPack && misbehaviour === 'closes the channel in the pack') {
        channel.write(chunk.subarray(0, chunk.length / 2));
        channel.close();
      } else if (isPack && misbehaviour === 'stops in the pack') {
        channel.write(chunk.subarray(0, chunk.length / 2));
        child.stdout.pause();
      } else if (isPack) {
        child.stdout.pause();
        void held.then(() => {
          channel.write(chunk);
          child.stdout.resume();
        });
      } else channel.write(chunk);
    });
  };

  const onClient = (client: Connection, _info: ClientInfo): void => {
    client.on('error', () => {});
    client.on('authentication', (context) => {
      if (context.method === 'none') return context.reject(['publickey']);
      attempts.push(`${context.method} of ${context.username}`);
      if (context.method !== 'publickey' || misbehaviour === 'refuses the key')
        return context.reject(['publickey']);
      const shown = context.key.data.toString('base64');
      if (!allowed.some((key) => key.includes(shown))) return context.reject(['publickey']);
      return context.accept();
    });
    client.on('session', (accept) => {
      const session = accept();
      let version2 = false;
      session.on('env', (yes, _no, { key, val }) => {
        version2 ||= key === 'GIT_PROTOCOL' && val.includes('version=2');
        // ssh2 gives no answer function where none is wanted.
        if (typeof yes === 'function') yes();
      });
      session.on('exec', (yes, no, { command }) => {
        if (misbehaviour === 'refuses the command') no();
        else onSession(yes(), command, version2);
      });
    });
  };

  const serverOf = (key: string): ssh2.Server =>
    new ssh2.Server({ hostKeys: [key], banner: options.text, ident: 'scripted' }, onClient);
  let server = serverOf(host.privateKey);
  const other = serverOf(stranger.privateKey);
  const listener = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
    if (misbehaviour === 'resets') socket.resetAndDestroy();
    else if (misbehaviour === 'changed key') other.injectSocket(socket);
    else if (misbehaviour === 'silent') socket.resume();
    else if (misbehaviour === 'resets in the handshake') resetInHandshake(socket);
    else server.injectSocket(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const bound = listener.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  const line = (): string => `[127.0.0.1]:${bound.port} ${host.publicKey}\n`;
  const dropConnections = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };

  return {
    url: `ssh://git@127.0.0.1:${bound.port}`,
    host: `127.0.0.1:${bound.port}`,
    knownHosts: line(),
    misbehave(next) {
      misbehaviour = next;
    },
    holdPacks(until) {
      held = until;
    },
    changeHostKey() {
      host = sshKeyPair();
      server = serverOf(host.privateKey);
      dropConnections();
      return line();
    },
    allow(publicKeys) {
      allowed = publicKeys;
    },
    connections: () => open.size,
    dropConnections,
    attempts: () => attempts,
    async stop() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      dropConnections();
      for (const child of running) child.kill();
      await closed;
    },
  };
}

function resetInHandshake(socket: Socket): void {
  let said = '';
  socket.write('SSH-2.0-scripted\r\n');
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1');
    // Who it is, in one line, and something of the handshake behind it.
    if (/\n./s.test(said)) socket.resetAndDestroy();
  });
}

/** Passes on what a client asks, until it wants a folder or file: that is refused as git refuses it, and it ends. */
async function passCommits(channel: ServerChannel, to: Writable, directory: string): Promise<void> {
  let asked = Buffer.alloc(0);
  for await (const chunk of channel) {
    asked = Buffer.concat([asked, Buffer.from(chunk)]);
    // A client waits for the answer to one question before it asks the next.
    if (!asked.subarray(-flush.length).equals(flush)) continue;
    if (!(await wantsCommits(directory, asked))) {
      channel.write(refusedWant.body);
      break;
    }
    to.write(asked);
    asked = Buffer.alloc(0);
  }
  to.end();
}
