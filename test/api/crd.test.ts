// Every mistake that the CRD can see is refused by the real API server, with a sentence that says what to write.
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultInterval } from '../../src/api/gitconfig.ts';
import { applyCrd, refusal, useApiServer } from '../manifests/api-server.ts';

const kubectl = useApiServer(applyCrd);

type Values = {
  readonly name?: string;
  readonly url?: unknown;
  readonly branch?: string;
  readonly secret?: string;
  readonly path?: string;
  readonly interval?: string;
  readonly mountPath?: string;
};

const gitConfig = (values: Values): string =>
  JSON.stringify({
    apiVersion: 'confroll.dev/v1alpha1',
    kind: 'GitConfig',
    metadata: { name: values.name ?? 'shop', namespace: 'default' },
    spec: {
      source: {
        url: values.url ?? 'https://git.example.com/team/config.git',
        ref: { branch: values.branch ?? 'main' },
        ...(values.secret === undefined ? {} : { secretRef: { name: values.secret } }),
      },
      path: values.path,
      interval: values.interval,
      mountPath: values.mountPath ?? '/etc/shop',
    },
  });

/** All in one call: kubectl says of each what became of it. */
const create = (objects: readonly string[]): Promise<string> =>
  kubectl()(['create', '--dry-run=server', '-f', '-'], { input: objects.join('\n---\n') });

describe('accepted', () => {
  const rows: readonly (readonly [keyof Values, readonly string[]])[] = [
    [
      'url',
      [
        'https://git.example.com/team/config.git',
        'http://198.18.0.1:8080/config.git',
        'https://[::1]:8443/config',
        'https://git_1:65535/~team/a%20b%40c',
        `https://git.example.com/${'a'.repeat(2000)}`,
      ],
    ],
    ['branch', ['main', 'release/1.2', 'feature@2', 'größer', 'a.lock.b', 'refs', 'heads/x']],
    ['secret', ['git-read', 'a.b-c', '1']],
    ['path', ['', 'envs/prod/shop', '.github', 'a..b/..c', 'with space', 'ä']],
    ['interval', ['5s', '24h', '1m', '1h30m', '86400s', '1440m']],
    ['mountPath', ['/etc/shop', '/a', '/etc/..shop', '/opt/a b']],
    ['name', ['shop', '1', 'a-b', 'a'.repeat(52)]],
  ];
  const values = rows.flatMap(([field, list]) => list.map((value) => ({ field, value })));
  let said = '';
  beforeAll(async () => {
    said = await create(values.map(({ field, value }, n) => gitConfig({ name: `row-${n}`, [field]: value })));
  });

  it.each(values.map((row, n) => ({ ...row, n })))('$field: $value', ({ field, value, n }) => {
    expect(said).toContain(`gitconfig.confroll.dev/${field === 'name' ? value : `row-${n}`} created`);
  });
});

describe('refused', () => {
  const example = 'such as https://git.example.com/team/config.git';
  const gitName =
    "branch must be a name that Git allows, such as main or release/1.2: no white space, none of ~^:?*[\\, no '..' or '@{', no '-' at the start, no '.' or '/' at the end, no part that is empty, starts with '.' or ends with '.lock'";
  const rows: readonly (readonly [keyof Values, string, readonly string[]])[] = [
    [
      'url',
      `spec.source.url: Forbidden: SSH addresses do not work yet: only https:// and http:// work today, ${example}`,
      ['ssh://git@git.example.com/a.git', 'SSH://h/a', 'git@github.com:team/config.git', 'git+ssh://h/a'],
    ],
    [
      'url',
      `spec.source.url: Forbidden: url must start with https:// or http://, in lower case, ${example}`,
      [
        '',
        'git://h/a',
        'HTTPS://h/a',
        'github.com/team/config',
        '/srv/git/a.git',
        'file:///srv/a',
        'https:/h/a',
      ],
    ],
    [
      'url',
      "spec.source.url: Forbidden: url must not contain credentials; put them into a Secret and name it in spec.source.secretRef (an '@' in the path is written %40)",
      ['https://user:word@h/a', 'https://word@h/a', 'http://u:wo/rd@h/a', 'https://u:80/word@h/a'],
    ],
    [
      'url',
      'spec.source.url: Forbidden: url must consist of visible ASCII characters, without white space and backslashes; write others percent-encoded, such as %20',
      [
        'https://h/a b',
        'https://h/a\n',
        'https://h/a\tb',
        'https://h/ä',
        'https://h/a\\b',
        'https://h/a\u0000',
      ],
    ],
    [
      'url',
      "spec.source.url: Forbidden: url must not contain '?' or '#': the branch goes into spec.source.ref.branch, a token into a Secret named in spec.source.secretRef",
      ['https://h/a?private_token=word', 'https://h/a#main'],
    ],
    [
      'url',
      `spec.source.url: Forbidden: url must name a host, if need be a port, and a repository behind them, ${example}`,
      [
        'https://h',
        'https://h/',
        'https:///a',
        'https://h:0/a',
        'https://h:65536/a',
        'https://h:/a',
        'https://[::1/a',
      ],
    ],
    ['branch', 'branch must not be empty; write the name of a branch, such as main', ['']],
    [
      'branch',
      'branch must be the short name: main, not refs/heads/main',
      ['refs/heads/main', 'refs/tags/v1'],
    ],
    ['branch', 'HEAD is not the name of a branch; write the branch itself, such as main', ['HEAD']],
    [
      'branch',
      gitName,
      [
        ...['a b', 'a\n', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[0]', 'a\\b', 'a..b', 'a@{1}', '@'],
        ...['-a', 'a.', 'a/', '/a', 'a//b', '.a', 'a/.b', 'a.lock', 'a.lock/b'],
      ],
    ],
    [
      'secret',
      'secretRef.name: Forbidden: secretRef.name must be the name of a Secret in the same namespace, such as git-read',
      ['', 'Git_Read', 'other/git-read', 'ghp_0123456789'],
    ],
    [
      'path',
      "path must be relative to the repository's root, such as envs/prod/shop: no '/' at the start or end, no part that is '.', '..' or empty, no control characters; '' is the root",
      ['/envs', 'envs/', './envs', '.', '..', 'a/../b', 'a//b', 'a\nb', '/'],
    ],
    [
      'interval',
      'interval must be a duration between 5s and 24h, such as 30s, 1m or 1h30m',
      [
        '',
        '4s',
        '24h1s',
        '1d',
        '60',
        '1.5m',
        '500ms',
        '-1m',
        '9999999999h',
        '99999h99999h99999h99999h99999h',
      ],
    ],
    [
      'mountPath',
      "mountPath must be an absolute path such as /etc/shop: not '/' itself, no '/' at the end, no ':', no part that is '.', '..' or empty, no control characters",
      ['', '/', '//', 'etc/shop', '/etc/shop/', '/etc//shop', '/etc/../shop', '/./etc', '/a:b', '/a\nb'],
    ],
    [
      'name',
      'metadata.name: Invalid value: the name of a GitConfig must be a DNS label (lower-case letters, digits and -, no dots) of at most 52 characters, such as shop: it becomes a label value and part of volume names',
      ['a.b', 'a'.repeat(53)],
    ],
  ];
  const values = rows
    .flatMap(([field, sentence, list]) => list.map((value) => ({ field, value, sentence })))
    .map((row, n) => ({ ...row, name: row.field === 'name' ? row.value : `row-${n}` }));
  let said = new Map<string | undefined, string>();
  beforeAll(async () => {
    const all = values.map(({ name, field, value }) => gitConfig({ name, [field]: value }));
    const parts = (await refusal(create(all))).split('GitConfig.confroll.dev "').slice(1);
    said = new Map(parts.map((part) => [part.split('"')[0], part]));
  });

  it.each(values)('$field: $value', ({ name, field, value, sentence }) => {
    expect(said.get(name)).toContain(sentence);
    if (field === 'url' && value.length > 3) expect(said.get(name)).not.toContain(value);
  });

  it('a field that does not exist, by its name', async () => {
    const input = gitConfig({}).replace('"ref":{', '"ref":{"tag":"v1",');
    expect(await refusal(create([input]))).toContain('unknown field "spec.source.ref.tag"');
  });

  it.each(['url', 'ref', 'branch', 'mountPath'])('without %s', async (field) => {
    const input = gitConfig({}).replace(`"${field}":`, '"suspend":');
    expect(
      await refusal(kubectl()(['create', '--dry-run=server', '--validate=ignore', '-f', '-'], { input })),
    ).toMatch(new RegExp(`spec\\S*${field}: Required value`));
  });
});

describe('a password in a url is never printed', () => {
  const secret = 'hunter2-swordfish';
  // Strings: of a url that is a list or a map, server-side apply prints the value before any rule of ours is asked.
  const urls: readonly string[] = [
    `https://user:${secret}@git.example.com/a.git`,
    `https://${secret}@git.example.com/a.git`,
    `HTTPS://user:${secret}@git.example.com/a.git`,
    `ssh://user:${secret}@git.example.com/a.git`,
    `user:${secret}@git.example.com:a.git`,
    `ftp://user:${secret}@h/a`,
    `https://user:${secret}/x@h/a`,
    `https://user:1/${secret}@h/a`,
    `https://user:${secret} @h/a`,
    `https://h/a?token=${secret}`,
    `https://h/a#${secret}`,
    `https://h:${secret}`,
    `https://h/${secret}@${'a'.repeat(2048)}`,
    secret,
  ];
  const rows = urls.map((url) => ({ url }));

  it.each(rows)('$url', async ({ url }) => {
    const input = gitConfig({ url });
    const broken = gitConfig({ url, interval: '1d' }).replace('"mountPath":"/etc/shop"', '"mountPath":7');
    const runs: readonly (readonly [string[], string])[] = [
      [['create'], input],
      [['apply'], input],
      [['apply', '--server-side'], broken],
    ];
    for (const [command, body] of runs) {
      expect(await refusal(kubectl()([...command, '-f', '-'], { input: body }))).not.toContain(secret);
    }
  });
});

describe('an accepted GitConfig', () => {
  beforeAll(async () => {
    await kubectl()(['apply', '-f', '-'], { input: gitConfig({}) });
  });

  const read = async (path: string): Promise<string> =>
    kubectl()(['get', 'gitconfig', 'shop', '-o', `jsonpath=${path}`]);

  it('has the defaults, and is found by its url', async () => {
    expect(await read('{.spec.path}|{.spec.interval}')).toBe(`|${defaultInterval}`);
    const selector = '--field-selector=spec.source.url=https://git.example.com/team/config.git';
    expect(await kubectl()(['get', 'gc', selector, '-o', 'name'])).toContain('gitconfig.confroll.dev/shop');
    expect(await kubectl()(['get', 'gc', '--field-selector=spec.source.url=https://h/a', '-o', 'name'])).toBe(
      '',
    );
  });

  it('is explained field by field', async () => {
    expect(await kubectl()(['explain', 'gitconfig.spec.source.secretRef'])).toContain(
      'confroll.dev/git-host',
    );
    expect(await kubectl()(['explain', 'gc.status.workloads.held'])).toContain('a person holds');
  });

  it('keeps what two field managers write into its status, and prints it in columns', async () => {
    await applyStatus('confroll-sync', syncStatus('4fe1c02'));
    await applyStatus('confroll-reloader', rolloutStatus('True'));
    await applyStatus('confroll-sync', syncStatus('7ab3d10'));
    await applyStatus('confroll-reloader', rolloutStatus('False'));
    const version = await read('{.metadata.resourceVersion}');
    await applyStatus('confroll-sync', syncStatus('7ab3d10'));
    expect(await read('{.metadata.resourceVersion}')).toBe(version);
    expect(await read('{range .status.conditions[*]}{.type}={.status} {end}')).toBe(
      'Fetched=True Ready=False ',
    );
    expect(await read('{.status.revisions[*].revision}')).toBe('main@sha1:7ab3d10');
    expect(await read('{.status.missing}{.status.workloads.notCurrent[*].name}')).toBe(
      '["abcabcabcabc"]worker',
    );
    const [head, row] = (await kubectl()(['get', 'gitconfig', 'shop'])).split('\n');
    expect(head?.split(/ +/)).toEqual(['NAME', 'READY', 'REVISION', 'HASH', 'WORKLOADS', 'HELD', 'AGE']);
    expect(row?.split(/ +/).slice(0, -1)).toEqual([
      'shop',
      'False',
      'main@sha1:7ab3d10',
      '9f86d081884c',
      '2/3',
      '1',
    ]);
    expect(await kubectl()(['get', 'gitconfig', 'shop', '-o', 'wide'])).toMatch(
      /AGE +REASON +MESSAGE +URL\n.*Progressing +1 of 3 workloads is on its way +https:\/\/git/,
    );
  });

  const applyStatus = (manager: string, status: object): Promise<string> =>
    kubectl()(['apply', '--server-side', '--subresource=status', `--field-manager=${manager}`, '-f', '-'], {
      input: JSON.stringify({
        apiVersion: 'confroll.dev/v1alpha1',
        kind: 'GitConfig',
        metadata: { name: 'shop', namespace: 'default' },
        status,
      }),
    });

  const condition = (type: string, status: string, reason: string, message: string): object => ({
    ...{ type, status, reason, message },
    lastTransitionTime: '2026-01-02T03:04:05Z',
    observedGeneration: 1,
  });

  const syncStatus = (commit: string): object => ({
    revision: `main@sha1:${commit}`,
    shortRevision: `main@sha1:${commit}`,
    hash: '9f86d081884c',
    revisions: [{ revision: `main@sha1:${commit}`, hash: '9f86d081884c' }],
    conditions: [condition('Fetched', 'True', 'Succeeded', 'fetched')],
  });

  const rolloutStatus = (ready: string): object => ({
    observedGeneration: 1,
    stableHash: '9f86d081884c',
    missing: ['abcabcabcabc'],
    workloads: {
      ...{ total: 3, current: 2, updating: 1, held: 1, failed: 0, summary: '2/3' },
      notCurrent: [{ kind: 'Deployment', name: 'worker', reason: 'Updating', message: 'on its way' }],
    },
    conditions: [condition('Ready', ready, 'Progressing', '1 of 3 workloads is on its way')],
  });
});
