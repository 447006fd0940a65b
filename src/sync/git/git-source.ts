// A Source over Git's own protocol: one repository, its submodules, and one credential for them all.

import { referenceKey } from '../../api/reference.ts';
import type { RepositoryAddress } from '../../api/repository-url.ts';
import { showPath } from '../../content/words.ts';
import type { Folder, ReadRequest, Source, SourceFailure } from '../source.ts';
import type { Admit } from '../turns.ts';
import { openTransport, type TransportOptions } from './open-transport.ts';
import { fullRefName } from './partial/choose-head.ts';
import { failureOf, tooSlow } from './partial/failure-of.ts';
import type { KeptBudget } from './partial/kept-budget.ts';
import { CommitGone } from './partial/objects.ts';
import { createReader } from './partial/reader.ts';
import { resolveReferences } from './partial/resolve.ts';
import type { ReadContext } from './partial/session.ts';
import { createSubmoduleReaders } from './partial/submodule-readers.ts';
import { pausableDeadline } from './pausable-deadline.ts';
import { readShallow } from './shallow/read-shallow.ts';

export type GitSourceOptions = TransportOptions & {
  readonly address: RepositoryAddress;
  /** Of all sources: what they may keep together between reads. */
  readonly kept: KeptBudget;
};

export type GitSource = Source & {
  /** Lets go what is kept for the next reads, which then ask for it again. */
  release(): void;
  /** What is kept for the next reads. */
  size(): { readonly objects: number; readonly bytes: number };
};

export function createGitSource(options: GitSourceOptions): GitSource {
  const { address, limits, clock, kept } = options;
  const shown = address.text;
  const transport = openTransport(address, options);
  const reader = createReader({ transport, shown, limits, clock, readShallow, kept });
  const submodules = createSubmoduleReaders((at) =>
    createReader({ transport: openTransport(at, options), shown: at.text, limits, clock, readShallow, kept }),
  );

  const resolve: Source['resolve'] = async (references, signal, withinMilliseconds) => {
    const { overallMilliseconds } = limits;
    const milliseconds = Math.min(withinMilliseconds ?? overallMilliseconds, overallMilliseconds);
    using deadline = pausableDeadline(signal, milliseconds);
    try {
      return {
        kind: 'ok',
        heads: await resolveReferences(
          transport,
          references,
          { shown, refsBytes: limits.refsBytes },
          deadline.signal,
        ),
      };
    } catch (error) {
      // Whatever was wrong, the next look starts from nothing.
      transport.forget();
      signal.throwIfAborted();
      return deadline.expired() ? tooSlow('asking', milliseconds, shown) : failureOf(error, shown);
    }
  };

  const read: Source['read'] = async (request, signal) => {
    const { withinMilliseconds } = request;
    const milliseconds = withinMilliseconds ?? limits.readMilliseconds;
    using deadline = pausableDeadline(signal, milliseconds);
    const { admit = atOnce, onProgress = () => {} } = request;
    const paused: Admit = (during) => deadline.paused(() => admit(during));
    try {
      return await readCommit(request, {
        deadline,
        admit: paused,
        onProgress,
        // Who says how long it may take knows of a server that packs for long before it says anything.
        headMilliseconds: withinMilliseconds,
      });
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.expired()) return tooSlow('reading', milliseconds, shown);
      if (error instanceof CommitGone) return gone(request, shown);
      return failureOf(error, shown);
    } finally {
      reader.tidy();
      submodules.tidy();
    }
  };

  const readCommit = async (request: ReadRequest, context: ReadContext): Promise<Folder> => {
    const { reference, head, selection, published } = request;
    const counted = { bytes: 0, objects: undefined, objectBytes: 0 };
    const key = `${selection.paths.join('\n')}\n${referenceKey(reference)}`;
    const folder = await reader.read(
      {
        key,
        commit: head.commit,
        refName: fullRefName(reference, head),
        selection,
        limits,
        published,
        follow: request.submodules ? submodules.follower(address, key, context, counted) : undefined,
      },
      context,
      counted,
    );
    return folder.kind === 'noCommit' ? noCommit(request, shown) : folder;
  };

  return {
    resolve,
    read,
    size: reader.size,
    release() {
      reader.release();
      submodules.release();
    },
    close() {
      reader.close();
      submodules.close();
    },
  };
}

const atOnce: Admit = async () => {};

function gone({ reference, head }: ReadRequest, shown: string): Folder {
  const commit = head.commit.slice(0, 7);
  if (reference.kind === 'commit') {
    return refNotFound(
      `${shown} has no commit ${commit}, or does not give it: push it, or correct spec.source.ref.commit`,
    );
  }
  const what = reference.kind === 'branch' ? 'branch' : 'tag';
  return {
    kind: 'moved',
    message: `${shown} did not send commit ${commit} of ${what} ${showPath(head.name)}: it was rewritten meanwhile, or the answer was cut; it is asked again by itself`,
  };
}

function noCommit({ reference, head }: ReadRequest, shown: string): SourceFailure {
  const field = `spec.source.ref.${reference.kind}`;
  const what = head.name === '' ? `object ${head.commit.slice(0, 7)}` : `tag ${showPath(head.name)}`;
  return refNotFound(`${what} of ${shown} is of a file or folder, not of a commit: correct ${field}`);
}

function refNotFound(message: string): SourceFailure {
  return { kind: 'failed', class: 'change', reason: 'RefNotFound', message };
}
