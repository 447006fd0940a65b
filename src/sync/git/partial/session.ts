// One read's conversation with a server: opened with its first request, counted, and ended with it.

import type { Progress } from '../../source.ts';
import type { Admit } from '../../turns.ts';
import { createAnnounced } from '../announced-objects.ts';
import type { PackedObject } from '../pack/unpack.ts';
import { unpackAside } from '../pack/unpack-aside.ts';
import { defaultUnpackLimits } from '../pack/unpack-limits.ts';
import type { PausableDeadline } from '../pausable-deadline.ts';
import type { Conversation, Transport } from '../transport.ts';
import { parseFetchAnswer } from './fetch-answer.ts';
import { type FetchCommand, fetchRequest } from './fetch-request.ts';

export type ReadContext = {
  readonly deadline: PausableDeadline;
  /** The deadline stands still meanwhile. */
  readonly admit: Admit;
  readonly onProgress: (progress: Progress) => void;
  /** See UploadPackRequest. */
  readonly headMilliseconds?: number | undefined;
};

export type Session = {
  /** Undefined when the server cannot leave anything out. Rejects as `Transport.open` does. */
  open(): Promise<Fetch | undefined>;
  end(): void;
};

/** Rejects with a SourceError, a ProtocolError, a PackError, an AnswerTooLong or the signal's reason. */
export type Fetch = (command: FetchCommand, byteLimit?: number) => Promise<Fetched>;

export type Fetched = {
  readonly common: 'nothing' | 'some' | 'ready';
  /** Undefined when the server has sent no pack. */
  readonly objects: readonly PackedObject[] | undefined;
};

// Most of such packs inflate to little, and a follow-up fetch should not wait for another repository: those that inflate
// to much are found out on the way.
const smallPackBytes = 16 * 1024;
// A ConfigMap holds no more; many small answers may make much.
const fewObjectBytes = 1024 * 1024;

export function createSession(transport: Transport, context: ReadContext, counted: Counted): Session {
  const { headMilliseconds } = context;
  const { signal } = context.deadline;
  let conversation: Conversation | undefined;

  const begin = async (): Promise<Conversation> => {
    conversation ??= await transport.open('v2', signal);
    return conversation;
  };
  const end = (): void => {
    conversation?.end();
    conversation = undefined;
  };

  const fetch: Fetch = async (command, byteLimit) => {
    const { send } = await begin();
    const before = counted.bytes;
    const announced = createAnnounced();
    const report = (bytes: number, piece?: Buffer): void => {
      counted.bytes = before + bytes;
      const expected = announced(piece);
      const objects = expected === undefined ? counted.objects : expected + (counted.objects ?? 0);
      context.onProgress({ bytes: counted.bytes, objects, heldBytes: counted.objectBytes + bytes });
    };
    try {
      const request = {
        body: fetchRequest(command),
        admit: context.admit,
        byteLimit,
        onBytes: report,
        headMilliseconds,
      };
      const body = await send(request, signal);
      const { common, pack } = parseFetchAnswer(body);
      if (pack === undefined) return { common, objects: undefined };
      const isSmall = pack.length <= smallPackBytes && counted.objectBytes <= fewObjectBytes;
      if (!isSmall) await context.admit(signal);
      const objects = await unpackAside(pack, defaultUnpackLimits, signal, context.admit);
      counted.objects = (counted.objects ?? 0) + objects.length;
      counted.objectBytes += bytesOf(objects);
      tell(counted, context);
      return { common, objects };
    } catch (error) {
      // Over SSH the server has hung up, or goes on with an answer that nobody wants.
      end();
      throw error;
    }
  };

  return { open: async () => (canFilter(await begin()) ? fetch : undefined), end };
}

/** Of one read, over all its conversations. */
export type Counted = {
  bytes: number;
  objects: number | undefined;
  /** What they have in memory. */
  objectBytes: number;
};

export function bytesOf(objects: readonly PackedObject[]): number {
  return objects.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** Between two answers. */
export function tell({ bytes, objects, objectBytes }: Counted, { onProgress }: ReadContext): void {
  onProgress({ bytes, objects, heldBytes: objectBytes });
}

function canFilter({ greeting }: Conversation): boolean {
  if (greeting.protocol !== 'v2') return false;
  const features = greeting.capabilities.find((each) => each.startsWith('fetch='))?.slice('fetch='.length);
  return features !== undefined && ['shallow', 'filter'].every((each) => features.split(' ').includes(each));
}
