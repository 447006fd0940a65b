// The process that bench/git.ts measures: reads the folder each time it is told to, and says how long it took.

import process, { argv } from 'node:process';
import { type Reference, referenceKey } from '../src/api/reference.ts';
import { parseRepositoryAddress } from '../src/api/repository-url.ts';
import { wholeFolder } from '../src/content/select/selection.ts';
import { systemClock } from '../src/lib/clock.ts';
import { createGitSource } from '../src/sync/git/git-source.ts';
import { defaultGitLimits } from '../src/sync/git/limits.ts';
import { createKeptBudget } from '../src/sync/git/partial/kept-budget.ts';
import type { Head } from '../src/sync/source.ts';

const [, , url = '', path = ''] = argv;
const address = parseRepositoryAddress(url);
if (address === undefined) throw new Error('usage: started by bench/git.ts');
const reference: Reference = { kind: 'branch', name: 'main' };
const signal = new AbortController().signal;
const source = createGitSource({
  address,
  credential: { login: { kind: 'anonymous' }, tls: { ca: undefined, client: undefined }, proxy: undefined },
  authorizer: { header: async () => undefined, renew: async () => false },
  userAgent: 'git/2.0 (confroll-bench)',
  limits: defaultGitLimits,
  clock: systemClock,
  onBytes: () => {},
  kept: createKeptBudget(),
});
let last: Head | undefined;

process.on('message', () => void read().then((answer) => process.send?.(answer)));
process.once('disconnect', () => source.close());
process.send?.('ready');

async function read(): Promise<object> {
  const started = performance.now();
  const resolved = await source.resolve([reference], signal);
  if (resolved.kind === 'failed') return resolved;
  const head = resolved.heads.get(referenceKey(reference));
  if (head === undefined || 'kind' in head) return { ...head };
  const folder = await source.read(
    { reference, head, selection: wholeFolder(path), submodules: false, published: last?.commit },
    signal,
  );
  if (folder.kind !== 'ok') return folder;
  const milliseconds = performance.now() - started;
  last = head;
  const files = folder.files.map((file) => [text(file.path), text(file.bytes)]);
  return { milliseconds, files: Object.fromEntries(files) };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
