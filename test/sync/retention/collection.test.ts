// Snapshots on a real API server: nothing that is named goes, everything else goes in the end, whatever is cut off.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { parseContentHash, shortHash } from '../../../src/api/identifiers.ts';
import { snapshotMetadata } from '../../../src/api/snapshot.ts';
import type { Kube } from '../../../src/kube/api.ts';
import { eventually, stays } from '../../support/eventually.ts';
import { createKillSwitch } from '../../support/kill-switch.ts';
import { useSync } from '../harness.ts';
import { carriers } from './carriers.ts';

const killSwitch = createKillSwitch();
/** Namespaces in which CronJobs cannot be listed. */
const silent = new Set<string>();
/** By namespace, run after CronJobs were listed there: once in each round of questions. */
const afterwards = new Map<string, () => Promise<void> | void>();
/** By namespace, run before anything is deleted there. */
const beforehand = new Map<string, () => Promise<void>>();

function overheard(kube: Kube): Kube {
  return {
    ...kube,
    async list(selection, parse, options) {
      const { resource, namespace = '' } = selection;
      if (resource.plural !== 'cronjobs') return await kube.list(selection, parse, options);
      if (silent.has(namespace)) throw new Error('no answer');
      const found = await kube.list(selection, parse, options);
      await afterwards.get(namespace)?.();
      return found;
    },
    async delete(ref, options) {
      await beforehand.get(ref.namespace ?? '')?.();
      await kube.delete(ref, options);
    },
  };
}

const times = {
  settleMilliseconds: 100,
  graceMilliseconds: 500,
  againMilliseconds: 400,
  restMilliseconds: 300,
};
const world = useSync(
  {},
  {
    retention: times,
    budgets: { config: 3 * 1_048_576, namespace: 64 * 1_048_576 },
    through: (kube) => killSwitch.wrap(overheard(kube)),
  },
);
// Several looks and more than the grace.
const quietSeconds = 2.5;
const suite = { concurrent: true, timeout: 240_000 } as const;

async function shop(name: string, spec: object = { historyLimit: 0 }) {
  const repository = world().git.repository(name);
  const ns = await world().namespace();
  const options = { url: repository.url, path: 'shop' };
  const kubectl = (...args: string[]) => world().kubectl(['-n', ns, ...args]);
  const begin = () => world().apply(ns, options, { spec });
  return {
    ns,
    kubectl,
    begin,
    repository,
    apply: (...objects: object[]) =>
      world().kubectl(['apply', '-n', ns, '-f', '-'], {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
      }),
    /** Commits, looks, and gives the hash12. */
    async publish(text: string | Record<string, string | Buffer>) {
      const files = typeof text === 'string' ? { 'shop/page.txt': text } : text;
      const commit = await repository.commit(files);
      const known = await kubectl('get', 'gitconfigs', '-o', 'name');
      if (known === '') await begin();
      else
        await kubectl(
          'annotate',
          'gitconfig',
          'shop',
          `confroll.dev/sync-requested-at=${commit}`,
          '--overwrite',
        );
      const { status } = await world().published(ns, commit);
      return status?.hash ?? '';
    },
    async hashes() {
      const objects = await world().snapshots(ns);
      return [
        ...new Set(objects.map(({ metadata }) => metadata.name.slice('shop-'.length).slice(0, 12))),
      ].sort();
    },
    async objects() {
      return (await world().snapshots(ns)).map(({ metadata }) => metadata.name).sort();
    },
  };
}

/** As an earlier publish left it. */
function snapshotOf(text: string): { readonly hash: string; readonly object: object } {
  const hash = parseContentHash(createHash('sha256').update(text).digest('hex'));
  if (hash === undefined) throw new Error('no hash');
  const metadata = snapshotMetadata({
    ...{ config: 'shop', hash, format: '1', mountPath: '/etc/shop', revision: '', author: '', subject: '' },
    ...{ files: [], shards: 0 },
  });
  return {
    hash: shortHash(hash),
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, immutable: true },
  };
}

type Shop = Awaited<ReturnType<typeof shop>>;

async function settlesOn({ hashes }: Shop, ...wanted: string[]): Promise<void> {
  const all = async (): Promise<boolean> => {
    expect(await hashes()).toEqual(wanted.toSorted());
    return true;
  };
  await eventually(all, { what: `${wanted.join(', ')} and nothing else` });
}

test('a Snapshot goes when another is accepted and nothing names it', suite, async () => {
  const it = await shop('collected');
  const one = await it.publish('one');
  await stays(async () => expect(await it.hashes()).toEqual([one]), quietSeconds);
  const two = await it.publish('two');
  await settlesOn(it, two);
  expect(await world().registry.metrics()).toMatch(
    /confroll_snapshots_collected_total\{outcome="removed"\} [1-9]/,
  );
});

test('nothing goes that anything names, and all of it when nothing does', suite, async () => {
  const it = await shop('named');
  // Without controllers nobody makes it, and no Pod is taken without it.
  await it.kubectl('create', 'serviceaccount', 'default');
  const named = new Map<string, string>();
  const objects = Object.entries(carriers).flatMap(([kind, make], index) => {
    const snapshot = snapshotOf(kind);
    named.set(kind, snapshot.hash);
    return [snapshot.object, make(`x${index}`, snapshot.hash)];
  });
  await it.apply(...objects);
  const last = await it.publish('last');
  await stays(async () => {
    const there = await it.hashes();
    const gone = [...named].filter(([, hash]) => !there.includes(hash)).map(([kind]) => kind);
    expect(gone).toEqual([]);
  }, 2 * quietSeconds);
  expect(new Set(named.values()).size).toBe(Object.keys(carriers).length);
  await it.kubectl(
    ...[
      'delete',
      'deployments,statefulsets,daemonsets,cronjobs,jobs,replicasets,controllerrevisions,pods',
      '--all',
    ],
    ...['--wait=false', '--force', '--grace-period=0'],
  );
  await settlesOn(it, last);
});

test('the last contents stay, as many as historyLimit says', suite, async () => {
  const it = await shop('history', { historyLimit: 2 });
  const hashes: string[] = [];
  for (const text of ['1', '2', '3', '4', '5']) hashes.push(await it.publish(text));
  await settlesOn(it, ...hashes.slice(2));
  // What comes back is the newest again.
  expect(await it.publish('3')).toBe(hashes[2]);
  await delay(quietSeconds * 1_000);
  expect(await it.hashes()).toEqual(hashes.slice(2).toSorted());
  await it.kubectl('patch', 'gitconfig', 'shop', '--type=merge', '-p', '{"spec":{"historyLimit":0}}');
  await settlesOn(it, hashes[2] ?? '');
});

test('a budget takes from the last contents, and never what is needed, which is said', suite, async () => {
  const it = await shop('budget', { historyLimit: 10 });
  const big = (text: string) => ({ 'shop/big.txt': text.repeat(1_000_000) });
  const hashes: string[] = [];
  for (const text of ['1', '2', '3', '4']) hashes.push(await it.publish(big(text)));
  await settlesOn(it, ...hashes.slice(1));
  const make = carriers['an old ReplicaSet'];
  for (const hash of hashes.slice(1)) await it.apply(make?.(`rs-${hash}`, hash) ?? {});
  const five = await it.publish(big('5'));
  await stays(
    async () => expect(await it.hashes()).toEqual([...hashes.slice(1), five].toSorted()),
    quietSeconds,
  );
  await eventually(async () => (await world().eventReasons(it.ns)).includes('SnapshotsOverBudget'));
  expect(await world().registry.metrics()).toContain('confroll_snapshots_over_budget 1');
});

test(
  'a GitConfig that is deleted leaves what is named, and finds it when it is made again',
  suite,
  async () => {
    const it = await shop('deleted', { historyLimit: 5 });
    const one = await it.publish('one');
    await it.apply(carriers['a paused Deployment']?.('web', one) ?? {});
    const two = await it.publish('two');
    await it.kubectl('delete', 'gitconfig', 'shop');
    await settlesOn(it, one);
    const [before] = await world().snapshots(it.ns);
    expect(await it.publish('one')).toBe(one);
    const [after] = await world().snapshots(it.ns);
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(two).not.toBe(one);
  },
);

test('nothing goes while one of the questions cannot be asked', suite, async () => {
  const it = await shop('unanswered');
  silent.add(it.ns);
  const one = await it.publish('one');
  const two = await it.publish('two');
  await stays(async () => expect(await it.hashes()).toEqual([one, two].toSorted()), quietSeconds);
  silent.delete(it.ns);
  await settlesOn(it, two);
});

test('nothing goes that is wanted again while it is asked for', suite, async () => {
  const it = await shop('wanted-again');
  const one = await it.publish('one');
  const [before] = await world().snapshots(it.ns);
  let looks = 0;
  afterwards.set(it.ns, async () => {
    looks += 1;
    // The first look finds it, the second would collect it.
    if (looks === 2) await it.publish('one');
  });
  const two = await it.publish('two');
  await settlesOn(it, one);
  expect(looks).toBeGreaterThan(1);
  expect((await world().read(it.ns)).status?.hash).toBe(one);
  expect(two).not.toBe(one);
  // Deleted, it would have been made again.
  const [after] = await world().snapshots(it.ns);
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
});

test('nothing goes by names that were listed many deletions ago', suite, async () => {
  const it = await shop('many');
  silent.add(it.ns);
  const older = Array.from({ length: 24 }, (_, index) => snapshotOf(`older ${index}`));
  const newest = snapshotOf('newest');
  await it.apply(...older.map(({ object }) => object));
  // Ages are told in seconds, and the oldest goes first.
  await delay(1_100);
  await it.apply(newest.object);
  const last = await it.publish('last');
  const runs = [0];
  afterwards.set(it.ns, () => void runs.push(0));
  beforehand.set(it.ns, async () => {
    runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
    if (runs.some((deletions) => deletions > 1)) return;
    // Labels of its own tell of nothing: only the lists of templates find it.
    await it.apply(carriers['a suspended Job with labels of its own']?.('late', newest.hash) ?? {});
  });
  silent.delete(it.ns);
  await settlesOn(it, newest.hash, last);
  expect(runs.reduce((sum, deletions) => sum + deletions)).toBe(older.length);
  expect(Math.max(...runs)).toBeLessThanOrEqual(20);
  await it.kubectl('delete', 'job', 'late');
  await settlesOn(it, last);
});

test('however much changes, the questions have their rest between them', suite, async () => {
  const it = await shop('rest');
  const one = await it.publish('one');
  await it.apply(carriers['a paused Deployment']?.('web', one) ?? {});
  const two = await it.publish('two');
  const asked: number[] = [];
  afterwards.set(it.ns, () => void asked.push(performance.now()));
  const changes = 25;
  for (let change = 0; change < changes; change += 1) {
    await it.kubectl('annotate', 'gitconfig', 'shop', `example.com/change=${change}`, '--overwrite');
  }
  await eventually(() => asked.length > 2);
  const gaps = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(times.restMilliseconds);
  expect(await it.hashes()).toEqual([one, two].toSorted());
});

test('what is not wholly as confroll makes it stays, and so do the objects of others', suite, async () => {
  const it = await shop('others', { historyLimit: 5 });
  const one = await it.publish('one');
  const two = await it.publish('two');
  await it.kubectl('create', 'configmap', `shop-${one}-notes`);
  await it.kubectl('label', 'configmap', `shop-${one}-notes`, 'confroll.dev/config=shop');
  await it.kubectl('annotate', 'configmap', `shop-${one}`, 'confroll.dev/hash-');
  await it.kubectl('create', 'configmap', 'shop-000000000000');
  await it.kubectl('label', 'configmap', 'shop-000000000000', 'confroll.dev/config=shop');
  await it.kubectl('patch', 'gitconfig', 'shop', '--type=merge', '-p', '{"spec":{"historyLimit":0}}');
  await stays(
    async () =>
      expect(await it.objects()).toEqual(
        [`shop-${one}`, `shop-${one}-notes`, `shop-${two}`, 'shop-000000000000'].toSorted(),
      ),
    quietSeconds,
  );
});

describe('a collection of a Snapshot of several objects', () => {
  const many = (text: string) => ({
    'shop/a.txt': `${text} a`.repeat(150_000),
    'shop/b.txt': `${text} b`.repeat(150_000),
    'shop/c.txt': `${text} c`.repeat(150_000),
  });

  test('killed after each single call comes to its end when it is started again', async () => {
    const it = await shop('killed-collection');
    let calls = 0;
    let previous = await it.publish(many('0'));
    expect((await it.objects()).length).toBeGreaterThan(1);
    for (let finished = false; !finished; ) {
      calls += 1;
      const next = await it.publish(many(`${calls}`));
      const died = killSwitch.killAfter(calls, it.ns).then(() => 'died');
      const done = settlesOn(it, next).then(() => 'done');
      const which = await Promise.race([died, done.catch(() => 'stuck')]);
      // A whole Snapshot, or none that says it is one.
      const names = await it.objects();
      if (names.includes(`shop-${previous}`)) expect(names).toContain(`shop-${previous}-1`);
      finished = which === 'done';
      if (which === 'died') await world().restart();
      await settlesOn(it, next);
      previous = next;
    }
    // The GitConfig, and each of its objects.
    expect(calls).toBeGreaterThan(3);
  }, 300_000);
});
