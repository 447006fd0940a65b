// What the tables of servers on a bad day have in common, whatever the transport.
import { expect } from 'vitest';
import type { Repository } from '../../../local/git-server/repository.ts';
import type { GitLimits } from '../../../src/sync/git/limits.ts';
import type { FailureClass, FetchReason, Source, SourceFailure } from '../../../src/sync/source.ts';
import { eventually } from '../eventually.ts';
import { moreThan } from '../resources.ts';
import { expectFiles, failed, headOf, looked, never, reading } from './read-source.ts';

/** What is expected of one way of failing. */
export type Failing = {
  /** Who meets it: the look for the head, or the reading of the folder. */
  readonly at: 'resolve' | 'read';
  readonly class: FailureClass;
  readonly reason: FetchReason;
  readonly words: RegExp;
};

// Long enough for a busy machine to answer in, short enough to wait for.
export const impatient: Partial<GitLimits> = {
  connectMilliseconds: 3_000,
  headMilliseconds: 3_000,
  idleMilliseconds: 3_000,
  overallMilliseconds: 15_000,
  readMilliseconds: 30_000,
  lowSpeedMilliseconds: 4_000,
};

/** Begins the fault between the look and the read, or before the look, and gives what is said of it. */
export async function failing(source: Source, row: Failing, begin: () => void): Promise<SourceFailure> {
  const seen = row.at === 'read' ? await headOf(source) : undefined;
  begin();
  const failure = failed(seen === undefined ? await looked(source) : await source.read(reading(seen), never));
  expect(failure).toMatchObject({
    class: row.class,
    reason: row.reason,
    message: expect.stringMatching(row.words),
  });
  return failure;
}

/** The server is well again. */
export async function expectRecovery(
  source: Source,
  front: { connections(): number },
  repository: Repository,
  commit: string,
): Promise<void> {
  await expectFiles(source, repository, commit);
  source.close();
  await eventually(() => front.connections() === 0, { what: 'every connection closed' });
}

export function nothingKept(before: ReadonlyMap<string, number>): Promise<boolean> {
  return eventually(
    () => {
      const more = moreThan(before);
      if (more.length === 0) return true;
      throw new Error(JSON.stringify(more));
    },
    { what: 'nothing more than before' },
  );
}
