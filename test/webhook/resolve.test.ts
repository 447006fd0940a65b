// Which content a Pod gets, and the words with which it is refused.
import { describe, expect, it } from 'vitest';
import type { GitConfig } from '../../src/api/gitconfig.ts';
import { parseContentHash } from '../../src/api/identifiers.ts';
import type { Condition } from '../../src/api/objects.ts';
import type { Snapshot } from '../../src/api/snapshot.ts';
import { resolveConfigs } from '../../src/webhook/resolve.ts';
import type { SnapshotLookup } from '../../src/webhook/sources.ts';
import { a, b, type Texts } from './short-workload.ts';

type World = {
  readonly gitConfigs?: GitConfig[];
  readonly snapshots?: Snapshot[];
  /** Instead of the Snapshot of that hash. */
  readonly instead?: readonly [hash: string, SnapshotLookup];
  readonly down?: boolean;
};

const world = ({ gitConfigs = [], snapshots = [], instead, down = false }: World) => ({
  async gitConfig(_: string, name: string) {
    if (down) throw new Error('the API server did not answer in time');
    return gitConfigs.find(({ metadata }) => metadata.name === name);
  },
  async snapshot(_: string, config: string, hash: string): Promise<SnapshotLookup> {
    if (instead?.[0] === hash) return instead[1];
    const snapshot = snapshots.find((each) => each.config === config && each.hash.startsWith(hash));
    return snapshot === undefined
      ? { kind: 'absent', name: `${config}-${hash}` }
      : { kind: 'found', snapshot, shards: Array.from({ length: snapshot.shards }, () => snapshot.files) };
  },
});

const gitConfig = (status: GitConfig['status'] = {}, name = 'shop'): GitConfig => ({
  metadata: { name, namespace: 'prod' },
  spec: { source: { url: 'https://git.example.com/x.git', ref: { branch: 'main' } }, mountPath: '/etc/shop' },
  status,
});

function snapshot(hash: string, more: Partial<Snapshot> = {}): Snapshot {
  const full = parseContentHash(hash.padEnd(64, '0'));
  if (full === undefined) throw new Error(hash);
  const files = [{ key: 'a', path: 'a', executable: false }];
  const provenance = { revision: 'main@sha1:4fe1', author: '', subject: '' };
  return {
    config: 'shop',
    hash: full,
    format: '1',
    mountPath: '/etc/shop',
    files,
    shards: 0,
    ...provenance,
    ...more,
  };
}

const condition = (type: string, reason: string, message: string): Condition => ({
  type,
  status: 'False',
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});

const pod = (annotations: Texts = {}) => ({
  metadata: { labels: { 'confroll.dev/config': 'shop' }, annotations },
});
const resolve = (annotations: Texts, state: World) => resolveConfigs(pod(annotations), 'prod', world(state));

describe('a Pod gets', () => {
  const both = [snapshot(a), snapshot(b)];

  it.each<[string, Texts, World, string]>([
    [
      'the content of its Pin',
      { 'hash.confroll.dev/shop': a },
      { gitConfigs: [gitConfig({ hash: b })], snapshots: both },
      a,
    ],
    [
      'the content of its Pin when the GitConfig is gone',
      { 'hash.confroll.dev/shop': a },
      { snapshots: both },
      a,
    ],
    [
      'the stable hash without a Pin',
      {},
      { gitConfigs: [gitConfig({ hash: b, stableHash: a })], snapshots: both },
      a,
    ],
    [
      'the newest hash while nothing is stable',
      {},
      { gitConfigs: [gitConfig({ hash: b })], snapshots: both },
      b,
    ],
  ])('%s', async (_, annotations, state, hash) => {
    expect(await resolve(annotations, state)).toMatchObject({
      kind: 'ok',
      configs: [{ name: 'shop', hash, mountPath: '/etc/shop', revision: 'main@sha1:4fe1' }],
    });
  });

  it('further configs, and its own mount paths', async () => {
    const annotations = {
      'confroll.dev/mount-path': '/srv',
      'confroll.dev/additional-configs': 'flags=/etc/flags',
      'hash.confroll.dev/shop': a,
      'hash.confroll.dev/flags': b,
    };
    const snapshots = [snapshot(a), snapshot(b, { config: 'flags' })];
    expect(await resolve(annotations, { snapshots })).toMatchObject({
      configs: [
        { name: 'shop', mountPath: '/srv' },
        { name: 'flags', mountPath: '/etc/flags' },
      ],
    });
  });
});

describe('a Pod is refused', () => {
  it.each<[string, Texts, World, string]>([
    [
      'without its GitConfig',
      {},
      {},
      'there is no GitConfig "shop" in namespace "prod", which is asked for (label confroll.dev/config); create it, or look which there are: kubectl -n prod get gitconfigs',
    ],
    [
      'when nothing is published because of Git',
      {},
      {
        gitConfigs: [
          gitConfig({
            conditions: [
              condition('Published', 'PathNotFound', 'old'),
              condition('Fetched', 'Unreachable', 'git.example.com does not answer'),
            ],
          }),
        ],
      },
      'GitConfig "shop" in namespace "prod" has published nothing yet: Unreachable: git.example.com does not answer; see: kubectl -n prod describe gitconfig shop',
    ],
    [
      'when nothing is published because of the content',
      {},
      {
        gitConfigs: [gitConfig({ conditions: [condition('Published', 'PathEmpty', 'no files below envs')] })],
      },
      'has published nothing yet: PathEmpty: no files below envs; see: kubectl',
    ],
    [
      'before the controller has looked',
      {},
      { gitConfigs: [gitConfig()] },
      'the controller has not looked at it yet',
    ],
    [
      'when the Snapshot of its Pin is gone',
      { 'hash.confroll.dev/shop': a },
      { gitConfigs: [gitConfig({ hash: b })], snapshots: [snapshot(b)] },
      'ConfigMap "shop-aaaaaaaaaaaa" in namespace "prod", the Snapshot that the Pin hash.confroll.dev/shop: "aaaaaaaaaaaa" of this Pod names, does not exist; confroll makes it again where Git still has that content (status.lost of the GitConfig lists what it has not); those of GitConfig "shop" that exist: kubectl -n prod get configmaps -l confroll.dev/config=shop',
    ],
    [
      'without an additional GitConfig, which the annotation names',
      { 'confroll.dev/additional-configs': 'flags', 'hash.confroll.dev/shop': a },
      { snapshots: [snapshot(a)] },
      'there is no GitConfig "flags" in namespace "prod", which is asked for (annotation confroll.dev/additional-configs); create it',
    ],
    [
      'when the Snapshot is there and was scribbled on',
      { 'hash.confroll.dev/shop': a },
      { instead: [a, { kind: 'changed', name: `shop-${a}` }] },
      'ConfigMap "shop-aaaaaaaaaaaa" in namespace "prod" is there, but its labels or annotations were changed, so it is no Snapshot any more; delete it, and confroll makes it again if GitConfig "shop" still wants this content: kubectl -n prod delete configmap shop-aaaaaaaaaaaa',
    ],
    [
      'when only a part of the Snapshot is there',
      { 'hash.confroll.dev/shop': a },
      { instead: [a, { kind: 'absent', name: `shop-${a}-2` }] },
      'ConfigMap "shop-aaaaaaaaaaaa-2" in namespace "prod", one of the objects of Snapshot "shop-aaaaaaaaaaaa", does not exist; somebody deleted it, and confroll makes it again if GitConfig "shop" still wants this content; see: kubectl -n prod describe gitconfig shop',
    ],
    [
      'when the Snapshot of the status is gone',
      {},
      { gitConfigs: [gitConfig({ hash: b })] },
      'the Snapshot that the status of GitConfig "shop" names, does not exist',
    ],
    [
      'with a Pin that is none',
      { 'hash.confroll.dev/shop': 'latest' },
      {},
      'annotation hash.confroll.dev/shop must be the 12 hex digits of a Snapshot of GitConfig "shop", not "latest"',
    ],
    [
      'with a Snapshot of a later format',
      { 'hash.confroll.dev/shop': a },
      { snapshots: [snapshot(a, { format: '3' })] },
      'has format "3", made by a newer confroll: update the webhook',
    ],
    [
      'when nobody can be asked',
      {},
      { down: true },
      'could not be looked up (the API server did not answer in time); try again',
    ],
    [
      'with a mount path that is none',
      { 'confroll.dev/mount-path': 'etc' },
      {},
      'mount path "etc" of GitConfig "shop" must be an absolute path such as /etc/shop',
    ],
  ])('%s', async (_, annotations, state, message) => {
    const resolution = await resolve(annotations, state);
    expect(resolution.kind === 'refused' ? resolution.message : resolution).toContain(message);
  });
});
