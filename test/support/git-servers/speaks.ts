// Servers that have not learnt all of Git: what they say otherwise than the real one behind them.
import { runGit } from '../../../local/git-server/git.ts';
import { flush, pktLine } from './packs.ts';

/** What a server has learnt: `v2-commits-only` filters, and gives no folder or file by its name. */
export type Speaks = 'v2' | 'v2-commits-only' | 'v2-without-filter' | 'v0';

export const refusedWant = {
  status: 200,
  type: 'application/x-git-upload-pack-result',
  body: Buffer.concat([pktLine('ERR want is not valid\n'), flush]),
} as const;

/** By what is in the repository, not by the answer: a pack does not tell what of it was wanted. */
export async function wantsCommits(directory: string, body: Buffer): Promise<boolean> {
  const wants = [...body.toString('latin1').matchAll(/want ([0-9a-f]{40})/g)].map(([, oid]) => oid);
  if (wants.length === 0) return true;
  const input = Buffer.from(wants.map((oid) => `${oid}\n`).join(''));
  const types = await runGit(directory, ['cat-file', '--batch-check=%(objecttype)'], input);
  return types
    .toString('utf8')
    .trim()
    .split('\n')
    .every((type) => type === 'commit');
}

/** As a server that has never heard of filters; the greeting alone has such a line. */
export function withoutFilter(body: Buffer): Buffer {
  const line = /([0-9a-f]{4})(fetch=[^\n]*) filter([^\n]*)\n/;
  const text = body.toString('latin1');
  if (!text.includes('version 2') || !line.test(text)) return body;
  const changed = text.replace(line, (_, _length: string, before: string, after: string) => {
    const rest = `${before}${after}\n`;
    return (rest.length + 4).toString(16).padStart(4, '0') + rest;
  });
  return Buffer.from(changed, 'latin1');
}
