// What went wrong between us and a repository -> what its reader is told.
import type { SourceFailure } from '../../source.ts';
import { PackError } from '../pack/pack-error.ts';
import { SourceError } from '../source-error.ts';
import { AnswerTooLong } from '../transport.ts';
import { MissingObject } from './objects.ts';
import { ProtocolError } from './protocol-error.ts';

export function failureOf(error: unknown, shown: string): SourceFailure {
  if (error instanceof SourceError) return error.failure;
  if (error instanceof ProtocolError) return protocolFailure(error, shown);
  if (error instanceof PackError) return packFailure(error, shown);
  if (error instanceof MissingObject) {
    return retry(
      `${shown} did not send all that was asked for (a ${error.wanted === 'files' ? 'file' : error.wanted} is missing): look at the Git server and what stands before it; it is asked again by itself`,
    );
  }
  if (error instanceof AnswerTooLong) {
    return tooLarge(`${shown} answered with more than can be read`);
  }
  // Only the name is told: the text of a library's error may repeat what the server sent.
  return malformed(shown, error instanceof Error ? error.name : 'unknown error');
}

export function tooSlow(what: 'asking' | 'reading', milliseconds: number, shown: string): SourceFailure {
  const advice =
    what === 'asking'
      ? 'look at the server, or choose a longer spec.interval'
      : 'look at the server and the size of the folder';
  return {
    kind: 'failed',
    class: 'retry',
    reason: 'Timeout',
    message: `${what} ${shown} took longer than ${milliseconds / 1000} s: ${advice}; it is tried again by itself`,
  };
}

function protocolFailure({ kind }: ProtocolError, shown: string): SourceFailure {
  switch (kind) {
    // The server's words are not repeated: they are a stranger's, and may repeat what was sent.
    case 'refused':
      return retry(
        `${shown} refused the request with an error of Git's protocol: look at the Git server's log; it is asked again by itself`,
      );
    case 'gaveUp':
      return retry(
        `${shown} gave up in the middle of its answer with an error of Git's protocol: look at the Git server's log; it is asked again by itself`,
      );
    case 'malformed':
      return malformed(shown, 'malformed');
  }
}

// A PackError's words are ours and hold nothing of the content.
function packFailure({ kind, message }: PackError, shown: string): SourceFailure {
  if (kind === 'tooLarge') return tooLarge(`${shown} sent more than can be read: ${message}`);
  return retry(
    `${shown} sent a pack that cannot be read (${message}): look at the Git server and what stands before it; it is asked again by itself`,
  );
}

function malformed(shown: string, detail: string): SourceFailure {
  return retry(
    `${shown} answered something that is not Git's protocol, or only a part of it (${detail}): check spec.source.url and what stands between the cluster and the Git server`,
  );
}

function tooLarge(what: string): SourceFailure {
  return {
    kind: 'failed',
    class: 'person',
    reason: 'TooLarge',
    message: `${what}. Keep config in a folder, and best in a repository, of its own`,
  };
}

function retry(message: string): SourceFailure {
  return { kind: 'failed', class: 'retry', reason: 'ServerError', message };
}
