// What the tests of this folder have in common: one transport on one address, and what came of a conversation.
import { parseRepositoryAddress } from '../../../../src/api/repository-url.ts';
import { defaultGitLimits, type GitLimits } from '../../../../src/sync/git/limits.ts';
import { pktLine } from '../../../../src/sync/git/pkt-line.ts';
import { SourceError } from '../../../../src/sync/git/source-error.ts';
import { createSshTransport } from '../../../../src/sync/git/ssh/transport.ts';
import type { Conversation, Transport } from '../../../../src/sync/git/transport.ts';
import type { SourceFailure } from '../../../../src/sync/source.ts';

export type At = {
  readonly url: string;
  readonly privateKey: string;
  readonly passphrase?: string;
  readonly knownHosts?: string;
  readonly limits?: Partial<GitLimits>;
  readonly idleMilliseconds?: number;
  readonly onBytes?: (bytes: number) => void;
};

export function transportTo(at: At): Transport & Disposable {
  const address = parseRepositoryAddress(at.url);
  if (address === undefined) throw new Error(`${at.url} is no address`);
  const transport = createSshTransport({
    address,
    login: {
      kind: 'ssh',
      privateKey: at.privateKey,
      passphrase: at.passphrase,
      knownHosts: at.knownHosts,
    },
    limits: { ...defaultGitLimits, ...at.limits },
    onBytes: at.onBytes ?? (() => {}),
    ...(at.idleMilliseconds === undefined ? {} : { idleMilliseconds: at.idleMilliseconds }),
  });
  return { ...transport, [Symbol.dispose]: transport.close };
}

export const lsRefs = Buffer.from(`${pktLine('command=ls-refs\n')}00010000`);

export function fetchOf(commit: string): Buffer {
  const lines = ['command=fetch\n', '0001', `want ${commit}\n`, 'deepen 1\n', 'done\n'];
  return Buffer.from(`${lines.map((line) => (line === '0001' ? line : pktLine(line))).join('')}0000`);
}

/** One conversation that asks for the refs. */
export async function refsOf(transport: Transport, signal = patience()): Promise<string> {
  const conversation = await transport.open('v2', signal);
  try {
    const answer = await conversation.send({ body: lsRefs }, signal);
    return answer.toString('utf8');
  } finally {
    conversation.end();
  }
}

/** What it fails with; throws when it does not. */
export async function failureOf(work: Promise<unknown>): Promise<SourceFailure> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (error instanceof SourceError) return error.failure;
  throw error;
}

export function patience(): AbortSignal {
  return AbortSignal.timeout(50_000);
}

export function capabilitiesOf({ greeting }: Conversation): readonly string[] {
  return greeting.protocol === 'v2' ? greeting.capabilities : [];
}
