// Asks a server once which commits some references are at.
import { type Reference, referenceKey } from '../../../api/reference.ts';
import type { Head, SourceFailure } from '../../source.ts';
import type { Conversation, Transport } from '../transport.ts';
import { chooseHead, isSha256, refPrefix, sha256Refused } from './choose-head.ts';
import { listRefsRequest, parseAdvertisedRefs, parseListedRefs, type Refs } from './list-refs.ts';

/** By `referenceKey`. Rejects with a SourceError, a ProtocolError or the signal's reason. */
export async function resolveReferences(
  transport: Transport,
  references: readonly Reference[],
  shown: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Head | SourceFailure>> {
  const conversation = await transport.open('v2', signal);
  try {
    // Such a server would not even answer one who does not name his objects so.
    const refs = namesBySha256(conversation) ? undefined : await listRefs(conversation, references, signal);
    const isReadable = refs !== undefined && ![...refs.values()].some(isSha256);
    return new Map(
      references.map((reference) => [
        referenceKey(reference),
        isReadable ? chooseHead(reference, refs, shown) : sha256Refused(shown),
      ]),
    );
  } finally {
    conversation.end();
  }
}

async function listRefs(
  { greeting, send }: Conversation,
  references: readonly Reference[],
  signal: AbortSignal,
): Promise<Refs> {
  if (greeting.protocol === 'v0') return parseAdvertisedRefs(greeting.lines);
  const prefixes = new Set(references.flatMap((reference) => refPrefix(reference) ?? []));
  // Where only commits are wanted it still shows that the server can be reached, in a line.
  const body = listRefsRequest(prefixes.size === 0 ? ['HEAD'] : [...prefixes]);
  return parseListedRefs(await send({ body }, signal));
}

function namesBySha256({ greeting }: Conversation): boolean {
  const words =
    greeting.protocol === 'v2'
      ? greeting.capabilities
      : (greeting.lines[0]?.toString('latin1').split('\0')[1] ?? '').split(' ');
  return words.some((word) => word.trim() === 'object-format=sha256');
}
