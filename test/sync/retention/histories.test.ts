// Random histories on a real API server with the controllers that make Pods: whatever people do, no Snapshot that is named is
// ever missing, and in the end everything else goes. The test plays the reloader: it sets Pins.
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRecord, parseJson } from '../../../src/lib/json.ts';
import { namesIn } from '../../../src/sync/retention/names.ts';
import { eventually } from '../../support/eventually.ts';
import { workload } from '../../support/objects.ts';
import { testSize } from '../../support/size.ts';
import { useSync } from '../harness.ts';
import { sayMissing } from './missing.ts';

const times = {
  settleMilliseconds: 50,
  graceMilliseconds: 400,
  againMilliseconds: 300,
  restMilliseconds: 200,
};
const world = useSync({}, { retention: times, nodes: 'simulated' });

const apps = { api: 'deployment', web: 'deployment', db: 'statefulset' } as const;
type App = keyof typeof apps;

type Step =
  | { readonly kind: 'publish'; readonly text: string }
  | { readonly kind: 'roll' | 'undo' | 'delete' | 'create' | 'pause'; readonly app: App }
  | { readonly kind: 'scale'; readonly app: App; readonly replicas: number }
  | { readonly kind: 'limit'; readonly limit: number }
  /** Long enough for a collection. */
  | { readonly kind: 'wait' }
  /** Somebody deletes a Snapshot that is named. */
  | { readonly kind: 'rob' }
  | { readonly kind: 'leave' };

const app = fc.constantFrom<App[]>('api', 'web', 'db');
const step: fc.Arbitrary<Step> = fc.oneof(
  // Ten texts: content comes back.
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('publish' as const), text: fc.nat(9).map(String) }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('roll' as const), app }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('undo' as const), app }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('create' as const), app }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('delete' as const, 'pause' as const), app }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('scale' as const), app, replicas: fc.constantFrom(0, 2) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('limit' as const), limit: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rob' as const) }) },
);

test.each(testSize({ usual: [1], full: Array.from({ length: 20 }, (_, seed) => seed + 1) }))(
  'history %i',
  { timeout: 900_000 },
  async (seed) => {
    const length = testSize({ usual: 40, full: 200 });
    const [steps = []] = fc.sample(fc.array(step, { minLength: length, maxLength: length }), {
      seed,
      numRuns: 1,
    });
    const repository = world().git.repository(`history-${seed}`);
    const ns = await world().namespace();
    const kubectl = (...args: string[]) => world().kubectl(['-n', ns, ...args]);
    const done: string[] = [];
    let limit = 0;
    let commits = 0;

    const exists = async (kind: string, name: string): Promise<boolean> =>
      (await kubectl('get', kind, name, '--ignore-not-found', '-o', 'name')) !== '';
    const applyConfig = () =>
      world().apply(ns, { url: repository.url, path: 'shop' }, { spec: { historyLimit: limit } });
    const publish = async (text: string): Promise<void> => {
      commits += 1;
      const commit = await repository.commit({ 'shop/page.txt': text, 'elsewhere.txt': `${commits}` });
      if (await exists('gitconfig', 'shop')) await world().lookNow(ns);
      else await applyConfig();
      await world().published(ns, commit);
    };
    const newest = async (): Promise<string> => (await world().read(ns)).status?.hash ?? '';
    const templateOf = (hash: string) => ({
      labels: { 'confroll.dev/config': 'shop', 'pin.confroll.dev/shop': hash },
      annotations: { 'hash.confroll.dev/shop': hash },
    });

    const act = async (each: Step): Promise<void> => {
      if (each.kind === 'publish') return await publish(each.text);
      if (each.kind === 'rob') return await rob();
      if (each.kind === 'wait') return await delay(1_200);
      if (each.kind === 'limit') {
        limit = each.limit;
        return void (await applyConfig());
      }
      // As a tool does that deletes and makes again.
      if (each.kind === 'leave') {
        await kubectl('delete', 'gitconfig', 'shop');
        return await publish('left');
      }
      const { app: name } = each;
      const kind = apps[name];
      const there = await exists(kind, name);
      if (each.kind === 'create' && !there) {
        const { labels, annotations } = templateOf(await newest());
        const object: object = workload({
          kind: kind === 'deployment' ? 'Deployment' : 'StatefulSet',
          ...{ name, labels: { 'confroll.dev/managed': 'true' } },
          ...{ templateLabels: labels, templateAnnotations: annotations },
        });
        await world().kubectl(['apply', '-n', ns, '-f', '-'], { input: JSON.stringify(object) });
        await kubectl('patch', kind, name, '-p', '{"spec":{"revisionHistoryLimit":2}}');
      }
      if (!there) return;
      if (each.kind === 'roll') {
        const template = { metadata: templateOf(await newest()) };
        await kubectl('patch', kind, name, '-p', JSON.stringify({ spec: { template } }));
      }
      if (each.kind === 'undo') await kubectl('rollout', 'undo', `${kind}/${name}`).catch(() => '');
      if (each.kind === 'pause' && kind === 'deployment')
        await kubectl('patch', kind, name, '-p', '{"spec":{"paused":true}}');
      if (each.kind === 'scale') await kubectl('scale', kind, name, `--replicas=${each.replicas}`);
      if (each.kind === 'delete') await kubectl('delete', kind, name);
    };

    const named = async (): Promise<Set<string>> => {
      const kinds = 'deployments,statefulsets,replicasets,controllerrevisions,pods';
      const list = parseJson(await kubectl('get', kinds, '-o', 'json'));
      const items: unknown[] = isRecord(list) && Array.isArray(list.items) ? list.items : [];
      return new Set(items.flatMap(namesIn).map((key) => `shop-${key.slice('shop/'.length)}`));
    };
    const present = async () => new Set((await world().snapshots(ns)).map(({ metadata }) => metadata.name));
    const missing = async (): Promise<string[]> => {
      const names = await named();
      const there = await present();
      const absent = [...names].filter((name) => !there.has(name));
      // Named a moment ago, perhaps not any more.
      const still = absent.length === 0 ? names : await named();
      return absent.filter((name) => still.has(name));
    };

    const rob = async (): Promise<void> => {
      const { hash, revisions = [] } = (await world().read(ns)).status ?? {};
      const known = revisions.map((revision) => revision.hash).filter((each) => each !== hash);
      const names = await named();
      const victim = known.find((each) => names.has(`shop-${each}`));
      if (victim === undefined) return;
      await kubectl('delete', 'configmap', `shop-${victim}`);
      await sayMissing(world().kube, ns, [victim]);
      await eventually(async () => (await present()).has(`shop-${victim}`), { what: `${victim} again` });
      await sayMissing(world().kube, ns, []);
    };

    await publish('first');
    for (const each of steps) {
      done.push(JSON.stringify(each));
      await act(each);
      expect(await missing(), done.join('\n')).toEqual([]);
      expect(await present(), done.join('\n')).toContain(`shop-${await newest()}`);
    }
    limit = 0;
    await applyConfig();
    await eventually(async () => (await present()).size <= (await named()).size + 1, { seconds: 60 });
    expect(await missing()).toEqual([]);
    await kubectl('delete', 'deployments,statefulsets', '--all');
    const last = `shop-${await newest()}`;
    await eventually(async () => [...(await present())].join() === last, {
      seconds: 60,
      what: `${last} alone`,
    });
  },
);
