// One SSH connection: dialled, the host's key compared, logged in. The package's own timers are switched off, and the
// socket is ours, so that it ends whatever state the package is in.
import { connect } from 'node:net';
import type { Client, ParsedKey } from 'ssh2';
import { bareHostname, type RepositoryAddress } from '../../../api/repository-url.ts';
import type { SourceFailure } from '../../source.ts';
import type { GitLimits } from '../limits.ts';
import { SourceError } from '../source-error.ts';
import { algorithmsFor } from './algorithms.ts';
import { type Command, followCommand } from './command.ts';
import { dialFailure, type Stage } from './dial-failure.ts';
import { type HostTrust, refuseHostKey } from './host-trust.ts';

export type Connection = {
  /** Begins a command; `variables` may be refused by the server, without a word. Rejects when there is no channel. */
  exec(command: string, variables: Readonly<Record<string, string>>): Promise<Command>;
  /** It has ended, by whomever. */
  isLost(): boolean;
  end(): void;
};

export type DialOptions = {
  readonly address: RepositoryAddress;
  readonly trust: HostTrust;
  /** Tried in this order. */
  readonly keys: readonly ParsedKey[];
  readonly limits: GitLimits;
  readonly newClient: () => Client;
};

/** Rejects with a SourceError, or with the signal's reason; nothing is open then. */
export async function dial(options: DialOptions, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted();
  const { address, trust, keys, limits } = options;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const client = options.newClient();
  const socket = connect({
    host: bareHostname(address.hostname),
    port: address.port,
    noDelay: true,
  });
  let stage: Stage = 'connect';
  let refusal: SourceFailure | undefined;
  let isExpired = false;
  let isLost = false;

  const end = (): void => {
    isLost = true;
    // Says goodbye where it still can.
    client.end();
    socket.destroySoon();
    // A peer that reads nothing any more would keep what is left to be said, and with it the socket.
    setImmediate(() => socket.destroy());
  };
  const timer = setTimeout(() => {
    isExpired = true;
    reject(new Error('the time is up'));
  }, limits.connectMilliseconds);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });

  socket.once('connect', () => {
    stage = 'handshake';
  });
  client.on('handshake', () => {
    stage = 'login';
  });
  client.on('ready', resolve);
  // Also later: an error that nobody hears would end the process.
  client.on('error', (error) => {
    reject(error);
    end();
  });
  client.on('close', () => {
    isLost = true;
    reject(new Error('closed'));
  });
  try {
    const username = address.user ?? 'git';
    client.connect({
      sock: socket,
      username,
      readyTimeout: 0,
      keepaliveInterval: 0,
      algorithms: algorithmsFor(trust.keys.map(({ type }) => type)),
      hostVerifier: (key: Buffer): boolean => {
        refusal = refuseHostKey(key, trust, address);
        return refusal === undefined;
      },
      authHandler: keys.map((key) => ({ type: 'publickey' as const, username, key })),
    });
    await promise;
  } catch (error) {
    end();
    signal.throwIfAborted();
    throw new SourceError(refusal ?? dialFailure(error, { address, stage, isExpired, limits }));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
  return { exec: (...command) => exec(client, ...command), isLost: () => isLost || !socket.writable, end };
}

async function exec(
  client: Client,
  command: string,
  env: Readonly<Record<string, string>>,
): Promise<Command> {
  const { promise, resolve, reject } = Promise.withResolvers<Command>();
  // Followed at once: its end may have come in the same piece as its beginning.
  client.exec(command, { env }, (error, channel) => {
    if (error === undefined) resolve(followCommand(channel));
    else reject(error);
  });
  return await promise;
}
