// Every mistake that the CRD can see is refused by the real API server, with a sentence that says what to write.
import { beforeAll, describe, expect, it } from 'vitest';
import { applyCrd, refusal, useApiServer } from '../manifests/api-server.ts';
import { dryRun } from './dry-run.ts';

const kubectl = useApiServer(applyCrd);

type Values = {
  readonly name?: string;
  readonly url?: unknown;
  readonly branch?: string;
  readonly tag?: string;
  readonly semver?: string;
  readonly commit?: string;
  readonly ref?: object;
  readonly secret?: string;
  readonly cert?: string;
  readonly proxy?: string;
  readonly timeout?: string;
  readonly submodules?: boolean;
  readonly path?: string;
  readonly interval?: string;
  readonly schedule?: string;
  readonly timeZone?: string;
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
        ref: values.ref ?? refOf(values),
        ...named('secretRef', values.secret),
        ...named('certSecretRef', values.cert),
        ...named('proxySecretRef', values.proxy),
        timeout: values.timeout,
        submodules: values.submodules,
      },
      path: values.path,
      interval: values.interval,
      schedule: values.schedule ?? (values.timeZone === undefined ? undefined : '0 6 * * *'),
      timeZone: values.timeZone,
      mountPath: values.mountPath ?? '/etc/shop',
    },
  });

function refOf({ branch, tag, semver, commit }: Values): object {
  const given = [branch, tag, semver, commit].some((each) => each !== undefined);
  return given ? { branch, tag, semver, commit } : { branch: 'main' };
}

const named = (field: string, name: string | undefined): object =>
  name === undefined ? {} : { [field]: { name } };

const create = (objects: readonly string[]): Promise<string> => dryRun(kubectl(), objects);

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
        'ssh://git@git.example.com/team/config.git',
        'ssh://git.example.com:2222/config',
        'ssh://git@[::1]:22/~team/a%40b',
        'git@github.com:team/config.git',
        'git@[::1]:/srv/config.git',
        'me@git_1:~/config',
      ],
    ],
    ['tag', ['v1', 'release/1.2', 'a.lock.b']],
    ['semver', ['*', '1.x', '^1.4', '>=1.2 <2', '1.2.3 - 2', '1 || 2', '~v1.2-rc.1+a', 'x']],
    ['commit', ['0123456789abcdef0123456789abcdef01234567']],
    ['cert', ['git-tls']],
    ['proxy', ['git-proxy']],
    ['timeout', ['1s', '1h', '90s', '59m60s']],
    ['schedule', ['0 6 * * *', '*/5 0-7,22 1 JAN-mar MON-FRI', '0 0 1-9/2,*/7 * 7']],
    [
      'timeZone',
      ['Europe/Berlin', 'UTC', 'Etc/GMT+1', 'America/Argentina/Buenos_Aires', 'America/Port-au-Prince'],
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
      'spec.source.url: Forbidden: url must start with ssh://, which is what git+ssh:// and ssh+git:// mean',
      ['git+ssh://h/a', 'GIT+SSH://h/a', 'ssh+git://git@h/a'],
    ],
    [
      'url',
      `spec.source.url: Forbidden: url must start with https://, http:// or ssh://, in lower case, or have the form user@host:path, ${example} or git@git.example.com:team/config.git`,
      [
        ...['', 'git://h/a', 'HTTPS://h/a', 'SSH://h/a', 'github.com/team/config', 'github.com:team/config'],
        ...['/srv/git/a.git', 'file:///srv/a', 'https:/h/a', 'user:word@h:a', 'git@h/a', 'a@h://b'],
      ],
    ],
    [
      'url',
      "spec.source.url: Forbidden: url must not contain credentials; put them into a Secret and name it in spec.source.secretRef (an '@' in the path is written %40)",
      ['https://user:word@h/a', 'https://word@h/a', 'http://u:wo/rd@h/a', 'https://u:80/word@h/a'],
    ],
    [
      'url',
      "spec.source.url: Forbidden: url must not contain a password, only the name of a user before the host; the key goes into a Secret named in spec.source.secretRef (an '@' in the path is written %40)",
      ['ssh://user:word@h/a', 'ssh://u:wo/rd@h/a', 'ssh://u:22/word@h/a', 'ssh://git@h/a@b', 'ssh://:w@h/a'],
    ],
    [
      'url',
      'spec.source.url: Forbidden: url must consist of visible ASCII characters, without white space and backslashes; write others percent-encoded, such as %20',
      [
        ...['https://h/a b', 'https://h/a\n', 'https://h/a\tb', 'https://h/ä', 'https://h/a\\b'],
        ...['https://h/a\u0000', 'git@h:a b', 'ssh://git@h/ä'],
      ],
    ],
    [
      'url',
      "spec.source.url: Forbidden: url must not contain '?' or '#': what is followed goes into spec.source.ref, a token into a Secret named in spec.source.secretRef",
      ['https://h/a?private_token=word', 'https://h/a#main', 'ssh://git@h/a#main', 'git@h:a?b'],
    ],
    [
      'url',
      'spec.source.url: Forbidden: url must name a host, if need be a user and a port, and a repository behind them, such as ssh://git@git.example.com:2222/team/config.git',
      [
        'ssh://h',
        'ssh://git@h/',
        'ssh:///a',
        'ssh://git@h:0/a',
        'ssh://-oProxy/a',
        'ssh://-o@h/a',
        'ssh://a:b/c',
      ],
    ],
    [
      'url',
      'spec.source.url: Forbidden: url must have the form user@host:path, such as git@git.example.com:team/config.git; a port goes into the form ssh://git@git.example.com:2222/team/config.git',
      ['git@h:', 'git@h:/', 'git@h:-a', 'git@-h:a', '-o@h:a', 'git@h:a@b', 'git@::1:a'],
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
        'https://-h/a',
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
    ['tag', 'tag must not be empty; write the name of a tag, such as v1.4.2', ['']],
    ['tag', 'tag must be the short name: v1.4.2, not refs/tags/v1.4.2', ['refs/tags/v1']],
    [
      'tag',
      'tag must be a name that Git allows, such as v1.4.2: no white space',
      ['a b', 'v1^{}', '-a', 'a.lock'],
    ],
    [
      'semver',
      'semver must be a range of versions, such as 1.x, ^1.4 or >=1.2 <2',
      ['', ' ', '>=', '1.x;', 'v/1', '1,2'],
    ],
    [
      'commit',
      'commit must be the whole name of a commit, 40 hex digits in lower case: git rev-parse HEAD prints it',
      ['', '4fe1c02', 'A'.repeat(40), 'g'.repeat(40), 'a'.repeat(41)],
    ],
    [
      'cert',
      'certSecretRef.name: Forbidden: certSecretRef.name must be the name of a Secret in the same namespace, such as git-tls',
      ['', 'Git_Tls'],
    ],
    [
      'proxy',
      'proxySecretRef.name: Forbidden: proxySecretRef.name must be the name of a Secret in the same namespace, such as git-proxy',
      ['', 'http://proxy:3128'],
    ],
    [
      'timeout',
      'timeout must be a duration between 1s and 1h, such as 30s or 5m',
      ['', '0s', '500ms', '1h1s', '60', '-1s', '999999s'],
    ],
    [
      'schedule',
      "schedule must be cron with five fields (minute, hour, day of the month, month, day of the week) of numbers, names, '*', ',', '-' and '/', such as '0 6 * * MON-FRI'; the time zone goes into spec.timeZone",
      [
        '',
        '@hourly',
        '* * * *',
        '0 0 6 * * *',
        'TZ=UTC 0 6 * * *',
        '0  6 * * *',
        '0 6 ? * *',
        '0 6 * * MON#1',
        '0 6 L * *',
        '0 6 LW * *',
        '0 6 15W * *',
        '0 6 * * 5L',
        '0 6 * * MONDAY',
        '0 6 MON * *',
        '5/15 6 * * *',
        '0 6 1,,2 * *',
      ],
    ],
    [
      'timeZone',
      'timeZone must be a name of the IANA database, such as Europe/Berlin or UTC',
      ['', 'Local', '+01:00', 'Europe/Berlin '],
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
    const input = gitConfig({}).replace('"ref":{', '"ref":{"name":"v1",');
    expect(await refusal(create([input]))).toContain('unknown field "spec.source.ref.name"');
  });

  const commit = 'a'.repeat(40);
  it.each<[string, object]>([
    ['none', {}],
    ['a branch and a tag', { branch: 'main', tag: 'v1' }],
    ['a branch and a commit', { branch: 'main', commit }],
    ['all four', { branch: 'main', tag: 'v1', semver: '1.x', commit }],
  ])('a ref with %s', async (_, ref) => {
    expect(await refusal(create([gitConfig({ ref })]))).toContain(
      'spec.source.ref: Invalid value: ref must hold exactly one of branch, tag, semver and commit, such as branch: main',
    );
  });

  it.each<[string, Values, string]>([
    [
      'certSecretRef at http://',
      { url: 'http://h/a', cert: 'tls' },
      'certSecretRef is for https:// addresses',
    ],
    [
      'certSecretRef with SSH',
      { url: 'ssh://git@h/a', cert: 'tls' },
      'certSecretRef is for https:// addresses',
    ],
    [
      'proxySecretRef with SSH',
      { url: 'git@h:a', proxy: 'proxy' },
      'proxySecretRef is for https:// and http:// addresses',
    ],
  ])('%s', async (_, values, sentence) => {
    expect(await refusal(create([gitConfig(values)]))).toContain(`Forbidden: ${sentence}`);
  });

  it('a time zone without a schedule', async () => {
    const input = gitConfig({ timeZone: 'UTC' }).replace('"schedule":"0 6 * * *",', '');
    expect(await refusal(create([input]))).toContain(
      "spec.timeZone: Invalid value: timeZone is the time zone of a schedule: write spec.schedule too, such as '0 6 * * *'",
    );
  });

  it.each([
    [
      { changeGuard: { maxRemovedPercent: 101 } },
      'maxRemovedPercent must be a number from 0 to 100, such as 50',
    ],
    [{ changeGuard: { maxRemovedPercent: -1 } }, 'maxRemovedPercent must be a number from 0 to 100'],
    [{ changeGuard: { maxWorkloads: -1 } }, 'maxWorkloads must be a number from 0 to 100000, such as 20'],
    [{ historyLimit: 51 }, 'historyLimit must be a number from 0 to 50, such as 10'],
    [{ historyLimit: -1 }, 'historyLimit must be a number from 0 to 50, such as 10'],
    [
      { commitStatus: { provider: 'GitHub', apiUrl: 'https://x:hunter2@h/api' } },
      'Forbidden: apiUrl must be https:// with a host',
    ],
    [{ commitStatus: { provider: 'Bitbucket' } }, 'supported values: "GitHub", "GitLab", "Gitea"'],
    [{ likelySecrets: { allow: ['/app.yaml'] } }, 'a glob must be relative to the config folder'],
  ])('%j', async (more, sentence) => {
    const input = gitConfig({}).replace('"spec":{', `"spec":{${JSON.stringify(more).slice(1, -1)},`);
    expect(await refusal(create([input]))).toContain(sentence);
  });

  it.each(['url', 'ref', 'mountPath'])('without %s', async (field) => {
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
    `ssh://user:1/${secret}@git.example.com/a.git`,
    `git+ssh://user:${secret}@git.example.com/a.git`,
    `user:${secret}@git.example.com:a.git`,
    `user@git.example.com:${secret}@x`,
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

  it('has nothing filled in, and is found by its url', async () => {
    // No interval: with a schedule alone it must not apply. No path: paths may stand in its place.
    expect(await read('{.spec}')).not.toContain('"path"');
    expect(await read('{.spec}')).not.toContain('interval');
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
    expect(await read('{.status.remote.ahead}{.status.fetching.objects}{.status.remote.subjects}')).toBe(
      '27["more"]',
    );
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
    remote: { revision: `main@sha1:${commit}`, comparison: 'Ahead', ahead: 2, behind: 0, subjects: ['more'] },
    fetching: { revision: `main@sha1:${commit}`, bytes: 4096, objects: 7, since: '2026-01-02T03:04:05Z' },
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
