// What a refusal begins with: whose commit it is about.
import type { Folder, Head } from './source.ts';

/** `commit 4fe1c02 by Ann Example`. */
export function commitBy(
  { commit }: Pick<Head, 'commit'>,
  { author }: Pick<Extract<Folder, { kind: 'ok' }>, 'author'>,
): string {
  return `commit ${commit.slice(0, 7)}${author === '' ? '' : ` by ${author}`}`;
}
