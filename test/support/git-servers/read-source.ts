// Reading a folder of main through a Source, and what `git archive` says to it.

import { expect } from 'vitest';
import type { Repository } from '../../../local/git-server/repository.ts';
import { type Reference, referenceKey } from '../../../src/api/reference.ts';
import { wholeFolder } from '../../../src/content/select/selection.ts';
import type { Folder, Head, ReadRequest, Source, SourceFailure } from '../../../src/sync/source.ts';

export const main: Reference = { kind: 'branch', name: 'main' };
export const never = new AbortController().signal;

/** The head of main, or why it is not known. */
export async function looked(source: Source): Promise<Head | SourceFailure> {
  const resolved = await source.resolve([main], never);
  if (resolved.kind === 'failed') return resolved;
  const head = resolved.heads.get(referenceKey(main));
  if (head === undefined) throw new Error('the look left main out');
  return head;
}

export function failed(answer: Head | Folder): SourceFailure {
  if (!('kind' in answer) || answer.kind !== 'failed')
    throw new Error(`no failure: ${JSON.stringify(answer)}`);
  return answer;
}

export async function headOf(source: Source): Promise<Head> {
  const head = await looked(source);
  if ('kind' in head) throw new Error(head.message);
  return head;
}

export function reading(head: Head | undefined): ReadRequest {
  if (head === undefined) throw new Error('nothing was seen before the fault');
  return { reference: main, head, selection: wholeFolder('shop'), submodules: false, published: undefined };
}

/** What is read now is what `git archive` gives for that commit. */
export async function expectFiles(source: Source, repository: Repository, commit: string): Promise<void> {
  const head = await headOf(source);
  expect(head.commit).toBe(commit);
  const folder = await source.read(reading(head), never);
  if (folder.kind !== 'ok') throw new Error(folder.message);
  const archive = await repository.archive(commit, 'shop');
  expect(
    new Map(folder.files.map(({ path, bytes }) => [Buffer.from(path).toString('utf8'), Buffer.from(bytes)])),
  ).toEqual(new Map([...archive].map(([path, { content }]) => [path, content])));
}
