// Asks a server once which commits some references are at.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Reference, referenceKey } from '../../../api/reference.ts';
import type { Head, SourceFailure } from '../../source.ts';
import { tooLarge } from '../too-large.ts';
import { AnswerTooLong, type Conversation, type Transport } from '../transport.ts';
import { chooseHead, isSha256, refPrefix, sha256Refused } from './choose-head.ts';
import { listRefsRequest, parseAdvertisedRefs, parseListedRefs, type Refs } from './list-refs.ts';

type Answering = {
  /** The address, for messages. */
  readonly shown: string;
  readonly refsBytes: number;
};

/** By `referenceKey`. Rejects with a SourceError, a ProtocolError or the signal's reason. */
export async function resolveReferences(
  transport: Transport,
  references: readonly Reference[],
  { shown, refsBytes }: Answering,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Head | SourceFailure>> {
  const conversation = await transport.open('v2', signal);
  try {
    // Such a server would not even answer one who does not name his objects so.
    const refs = namesBySha256(conversation)
      ? undefined
      : await listRefs(conversation, references, { shown, refsBytes }, signal);
    const isReadable = refs !== undefined && ![...refs.values()].some(isSha256);
    const heads = new Map<string, Head | SourceFailure>();
    for (const reference of references) {
      heads.set(
        referenceKey(reference),
        isReadable ? chooseHead(reference, refs, shown) : sha256Refused(shown),
      );
      // A range is compared with each tag there is: others get a turn in between.
      if (reference.kind === 'semver') await nextTurn();
    }
    return heads;
  } finally {
    conversation.end();
  }
}

async function listRefs(
  { greeting, send }: Conversation,
  references: readonly Reference[],
  { shown, refsBytes }: Answering,
  signal: AbortSignal,
): Promise<Refs> {
  if (greeting.protocol === 'v0') return parseAdvertisedRefs(greeting.lines);
  const prefixes = new Set(references.flatMap((reference) => refPrefix(reference) ?? []));
  // Where only commits are wanted it still shows that the server can be reached, in a line.
  const body = listRefsRequest(prefixes.size === 0 ? ['HEAD'] : [...prefixes]);
  try {
    return parseListedRefs(await send({ body, byteLimit: refsBytes }, signal));
  } catch (error) {
    throw error instanceof AnswerTooLong ? tooLarge(shown, refsBytes, 'refs') : error;
  }
}

function namesBySha256({ greeting }: Conversation): boolean {
  const words =
    greeting.protocol === 'v2'
      ? greeting.capabilities
      : (greeting.lines[0]?.toString('latin1').split('\0')[1] ?? '').split(' ');
  return words.some((word) => word.trim() === 'object-format=sha256');
}
