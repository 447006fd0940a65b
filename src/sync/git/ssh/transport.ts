// git-upload-pack over SSH. Each conversation is a command in a channel of its own; the connection below is shared, so that
// most conversations begin without a handshake.
import type { RepositoryAddress } from '../../../api/repository-url.ts';
import type { Login } from '../../credentials/credential.ts';
import { type GitLimits, withPatience } from '../limits.ts';
import { SourceError } from '../source-error.ts';
import type { Conversation, Greeting, Transport, UploadPackRequest } from '../transport.ts';
import { LostEarly, type Reading, readAnswer, underDeadlines } from './answer.ts';
import type { Command } from './command.ts';
import { type Connection, dial } from './connection.ts';
import { trustOf } from './host-trust.ts';
import { type PreparedKey, preparePrivateKey } from './private-key.ts';
import { readGreeting } from './read-greeting.ts';
import { createSharedConnection, type Lease } from './shared-connection.ts';
import { unlessAborted } from './unless-aborted.ts';

export type SshTransportOptions = {
  readonly address: RepositoryAddress;
  readonly login: Extract<Login, { kind: 'ssh' }>;
  readonly limits: GitLimits;
  /** Told the size of each piece that was received. */
  readonly onBytes: (bytes: number) => void;
  /** How long a connection is kept that nobody uses. */
  readonly idleMilliseconds?: number;
};

// Two polls at an interval of 30 s, so that those who ask often shake hands once; a server keeps a process for each
// connection, and those who ask seldom should not hold one between.
const keptMilliseconds = 60_000;

/** What is wrong with the key is told by the first conversation, before anything is dialled. */
export function createSshTransport(options: SshTransportOptions): Transport {
  const { address, login, limits, onBytes, idleMilliseconds = keptMilliseconds } = options;
  const shown = address.text;
  const command = `git-upload-pack '${address.path.replaceAll("'", "'\\''")}'`;
  let prepared: PreparedKey | undefined;

  const open = async (signal: AbortSignal): Promise<Connection> => {
    const { Client, utils } = await loadPackage();
    prepared ??= preparePrivateKey(login, shown, utils.parseKey);
    if (prepared.kind === 'failed') throw new SourceError(prepared);
    const trust = trustOf(address, login.knownHosts);
    return await dial({ address, trust, keys: prepared.keys, limits, newClient: () => new Client() }, signal);
  };
  const shared = createSharedConnection(open, idleMilliseconds);

  const borrow = async (signal: AbortSignal): Promise<Lease> => {
    try {
      return await shared.borrow(signal);
    } catch (error) {
      signal.throwIfAborted();
      // Whoever closed the transport has ended it.
      throw error instanceof SourceError ? error : hungUp(shown);
    }
  };

  const begin = async (protocol: 'v2' | 'v0', signal: AbortSignal): Promise<Conversation> => {
    const lease = await borrow(signal);
    const reading: Reading = { limits, shown, onBytes, isLost: lease.connection.isLost };
    let running: Command | undefined;
    try {
      const answer = await underDeadlines(reading, signal, async (clock) => {
        // A connection that is there and takes no command is a dead one, by the deadline of connecting.
        running = await start(lease.connection, command, protocol, shown, clock.signal);
        return await readAnswer(running, { until: 'flush', what: 'refs' }, reading, clock);
      });
      const greeting = readGreeting(answer, shown);
      return converse(running, lease, protocol === 'v2' ? greeting : { protocol, lines: [] }, reading);
    } catch (error) {
      running?.end();
      const isStale =
        !lease.isFresh && !signal.aborted && (error instanceof LostEarly || running === undefined);
      // Another one may do, also where a server lets each run one command only.
      lease.giveBack(isStale || isOfConnection(error));
      if (isStale) throw new LostEarly();
      if (error instanceof LostEarly) throw hungUp(shown);
      throw error;
    }
  };

  return {
    async open(protocol, signal) {
      signal.throwIfAborted();
      try {
        return await begin(protocol, signal);
      } catch (error) {
        if (!(error instanceof LostEarly)) throw error;
        return await begin(protocol, signal);
      }
    },
    // Each conversation asks anew.
    forget() {},
    close: shared.close,
  };
}

// Loaded by whoever has an SSH repository: 20 ms and 12 MiB that others need not pay.
async function loadPackage(): Promise<typeof import('ssh2')> {
  const { default: ssh2 } = await import('ssh2');
  return ssh2;
}

async function start(
  connection: Connection,
  command: string,
  protocol: 'v2' | 'v0',
  shown: string,
  signal: AbortSignal,
): Promise<Command> {
  const variables = protocol === 'v2' ? { GIT_PROTOCOL: 'version=2' } : {};
  const running = connection.exec(command, variables);
  try {
    return await unlessAborted(running, signal);
  } catch (error) {
    // It may come later.
    running.then(
      (late) => late.end(),
      () => {},
    );
    if (signal.aborted) throw error;
    if (connection.isLost()) throw new LostEarly();
    throw new SourceError({
      class: 'retry',
      reason: 'ServerError',
      message: `${shown} let the key log in and runs no command for it: look at the SSH server's log and its limits; it is asked again by itself`,
    });
  }
}

function converse(
  command: Command | undefined,
  lease: Lease,
  greeting: Greeting,
  reading: Reading,
): Conversation {
  let running = command;
  const end = (retire = false): void => {
    if (running === undefined) return;
    // The end of the conversation in Git's protocol, so that the server's command ends well.
    running.write(Buffer.from('0000'));
    running.end();
    running = undefined;
    lease.giveBack(retire);
  };

  const send = async (request: UploadPackRequest, signal: AbortSignal): Promise<Buffer> => {
    signal.throwIfAborted();
    const { body, headMilliseconds, ...wanted } = request;
    const patient = { ...reading, limits: withPatience(reading.limits, headMilliseconds) };
    const until = greeting.protocol === 'v2' ? 'flush' : 'end';
    try {
      return await underDeadlines(patient, signal, async (clock) => {
        if (running === undefined) throw new LostEarly();
        running.write(body);
        return await readAnswer(running, { ...wanted, until, what: 'pack' }, patient, clock);
      });
    } catch (error) {
      end(isOfConnection(error));
      throw error instanceof LostEarly ? hungUp(reading.shown) : error;
    } finally {
      if (until === 'end') end();
    }
  };

  return { greeting, send, end: () => end() };
}

// A connection on which a deadline passed is not used again: nobody knows what is wrong with it.
function isOfConnection(error: unknown): boolean {
  return error instanceof LostEarly || (error instanceof SourceError && error.failure.reason === 'Timeout');
}

function hungUp(shown: string): SourceError {
  return new SourceError({
    class: 'retry',
    reason: 'Unreachable',
    message: `${shown} cannot be reached: the connection was cut before the answer began; it is asked again by itself`,
  });
}
