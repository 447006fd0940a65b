// A publish of several objects, killed after each single call: started again it comes to its end, nothing is lost, and
// nothing is left over. On a real API server.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ConfigMap } from '../../src/api/objects.ts';
import { parseSnapshot, type Snapshot } from '../../src/api/snapshot.ts';
import { parsePart, partNames } from '../../src/api/snapshot-parts.ts';
import { fileBytes } from '../../src/content/file-values.ts';
import { eventually } from '../support/eventually.ts';
import { createKillSwitch } from '../support/kill-switch.ts';
import { useSync } from './harness.ts';

const killSwitch = createKillSwitch();
const world = useSync({}, { through: killSwitch.wrap });

// Three objects that hold files, and one for the variables.
const filesOf = (round: string): Record<string, string | Buffer> => ({
  'shop/a.bin': Buffer.alloc(540_000, createHash('sha512').update(round).digest()),
  'shop/app.env': `ROUND=${round}\n`,
  'shop/b.txt': `${round}\n`.repeat(200_000).slice(0, 540_000),
  'shop/conf/c.txt': `c: ${round}\n`.repeat(100_000).slice(0, 540_000),
});

test('a publish that is killed after any call comes to its end', { timeout: 300_000 }, async () => {
  const { git, namespace, apply, published, restart } = world();
  const repository = git.repository('killed');
  const ns = await namespace();
  const first = await repository.commit(filesOf('first'));
  await apply(ns, { url: repository.url, path: 'shop' }, { spec: { env: [{ file: 'app.env' }] } });
  const begun = await published(ns, first);
  await holdsAll(ns, begun.status?.hash, 'first');

  let before = begun.status?.hash;
  let calls = 0;
  for (let finished = false; !finished; ) {
    calls += 1;
    const round = `round ${calls}`;
    const died = killSwitch.killAfter(calls, ns);
    const commit = await repository.commit(filesOf(round));
    await world().kubectl([
      ...['annotate', 'gitconfig', 'shop', '-n', ns, '--overwrite'],
      `confroll.dev/sync-requested-at=${calls}`,
    ]);
    const killed = died.then(() => true);
    finished = !(await Promise.race([killed, published(ns, commit).then(() => false)]));

    const between = await world().read(ns);
    await isWhole(ns, between.status?.hash);
    await isWhole(ns, before);
    if (!finished) await restart();
    const { status } = await published(ns, commit);
    await holdsAll(ns, status?.hash, round);
    before = status?.hash;
  }
  // Four objects, each made and read back, and the pointer in status.
  expect(calls).toBeGreaterThan(9);
  await eventually(async () => {
    await nothingLeftOver(ns);
    return true;
  });
});

async function holdsAll(ns: string, hash: string | undefined, round: string): Promise<void> {
  const { base, parts } = await isWhole(ns, hash);
  expect(base.shards).toBe(2);
  expect(base.environment).toEqual(['ROUND']);
  const held = new Map<string, Buffer | undefined>();
  for (const part of parts) {
    const listed = parseSnapshot(part.metadata)?.files ?? filesOfPart(part);
    for (const { path, key } of listed) held.set(`shop/${path}`, fileBytes(part, key));
  }
  const wanted = Object.entries(filesOf(round));
  expect([...held.keys()].sort()).toEqual(wanted.map(([path]) => path).sort());
  for (const [path, content] of wanted) expect(held.get(path)?.equals(Buffer.from(content)), path).toBe(true);
  expect(parts.find(({ metadata }) => metadata.name.endsWith('-env'))?.data).toEqual({ ROUND: round });
}

function filesOfPart({ metadata }: ConfigMap): Snapshot['files'] {
  const part = parsePart(metadata);
  return part?.kind === 'shard' ? part.files : [];
}

/** A base that exists is a whole Snapshot, at any moment. */
async function isWhole(
  ns: string,
  hash: string | undefined,
): Promise<{ readonly base: Snapshot; readonly parts: readonly ConfigMap[] }> {
  const objects = await world().snapshots(ns);
  const found = objects.find(({ metadata }) => metadata.name === `shop-${hash}`);
  const base = found && parseSnapshot(found.metadata);
  if (base === undefined) throw new Error(`there is no Snapshot ${hash}`);
  const parts = objects.filter(({ metadata }) => partNames(base).includes(metadata.name));
  expect(parts.map(({ metadata }) => metadata.name).sort()).toEqual(partNames(base).sort());
  return { base, parts: [found ?? parts[0], ...parts].filter((part) => part !== undefined) };
}

async function nothingLeftOver(ns: string): Promise<void> {
  const objects = await world().snapshots(ns);
  const bases = objects.flatMap(({ metadata }) => parseSnapshot(metadata) ?? []);
  const needed = bases.flatMap((base) => [`shop-${base.hash.slice(0, 12)}`, ...partNames(base)]);
  expect(objects.map(({ metadata }) => metadata.name).sort()).toEqual(needed.sort());
}
