// The whole of one commit, without its history, from servers that give no parts: of a folder's objects every one, of the
// others none. What is received is read by isomorphic-git in a thread that ends with it.
import { isRecord } from '../../../lib/json.ts';
import { createAnnounced } from '../announced-objects.ts';
import { objectsFromThread } from '../pack/objects-from-thread.ts';
import { PackError } from '../pack/pack-error.ts';
import type { UnpackLimits } from '../pack/unpack-limits.ts';
import { CommitGone } from '../partial/objects.ts';
import { ProtocolError } from '../partial/protocol-error.ts';
import type { ReadShallow } from '../partial/read-shallow.ts';
import { SourceError } from '../source-error.ts';
import type { OnBytes } from '../transport.ts';
import { isRefused } from './shallow-answer.ts';
import { shallowRequest, tagObject } from './shallow-request.ts';

type Options = Parameters<ReadShallow>[0];

/** Rejects with a SourceError, ProtocolError, PackError, CommitGone, or the signal's reason. */
export const readShallow: ReadShallow = async (options, signal) => {
  const { commit, selection, limits, admit } = options;
  const answer = await ask(options, signal);
  await admit?.(signal);
  const { folderBytes, folderEntries, packObjects } = limits;
  const told = {
    commit,
    selection,
    packLimits: { ...packLimits, objects: packObjects },
    folderLimits: { folderBytes, folderEntries },
  };
  const objects = await objectsFromThread(
    {
      program,
      bytes: answer,
      order: (bytes) => ({ ...told, answer: bytes }),
      heapMegabytes,
      onWord: (message) => onWord(message, options),
    },
    signal,
  );
  return { objects };
};

// All of a repository's newest commit is inflated once, also what is far from the folder; one object at a time is held.
const packLimits: Omit<UnpackLimits, 'objects'> = {
  objectBytes: 128 * 1024 * 1024,
  totalBytes: 1024 * 1024 * 1024,
};

const heapMegabytes = 256;

// The same name beside this file and beside the bundle.
const program = new URL(
  `./shallow-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'mjs'}`,
  import.meta.url,
);

async function ask(options: Options, signal: AbortSignal): Promise<Buffer> {
  const answer = await send(options, options.commit, signal);
  if (!isRefused(answer)) return answer;
  // Some servers know the commit of a tag by the name of the tag's object alone.
  const tag = await tagObject(options.transport, options.refName, signal);
  const second = tag === undefined ? undefined : await send(options, tag, signal);
  if (second !== undefined && !isRefused(second)) return second;
  if (options.refName !== '') throw new CommitGone();
  throw new SourceError({
    class: 'person',
    reason: 'RefNotFound',
    message: `${options.shown} does not give commit ${options.commit.slice(0, 7)}: it is not there, or the server gives commits by the name of a branch or tag only. Point a branch or tag at it and set spec.source.ref.branch or spec.source.ref.tag, or allow it on the server (uploadpack.allowReachableSHA1InWant)`,
  });
}

async function send(
  { transport, headMilliseconds, admit, onProgress }: Options,
  oid: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const conversation = await transport.open('v0', signal);
  try {
    const announced = createAnnounced();
    const onBytes: OnBytes = (bytes, piece) => onProgress?.({ bytes, objects: announced(piece) });
    return await conversation.send({ body: shallowRequest(oid), headMilliseconds, admit, onBytes }, signal);
  } finally {
    conversation.end();
  }
}

function onWord(message: unknown, { shown, limits }: Options): void {
  if (!isRecord(message)) throw new TypeError('not a message of ours');
  const { kind, detail } = message;
  if (kind === 'announced' && typeof message.objects === 'number') {
    if (message.objects > limits.packObjects) throw tooMany(message.objects, limits.packObjects, shown);
    return;
  }
  if (kind === 'pack') {
    throw new PackError(detail === 'tooLarge' ? 'tooLarge' : 'malformed', String(message.message));
  }
  throw new ProtocolError(detail === 'refused' || detail === 'gaveUp' ? detail : 'malformed');
}

function tooMany(objects: number, limit: number, shown: string): SourceError {
  return new SourceError({
    class: 'person',
    reason: 'TooLarge',
    message: `the newest commit of ${shown} has ${objects} objects (files and folders), more than the ${limit} that can be read: keep config in a repository of its own, or in a branch that holds only it`,
  });
}
