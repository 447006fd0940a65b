// With a real kubelet, the real image and real Pods: what stands in the files, and what happens while admission is away.
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { access } from '../../local/demo/objects.ts';
import { buildStage, type Stage } from '../../local/demo/stage.ts';
import { archivedFiles } from '../../local/git-server/archived-files.ts';
import { eventually, stays } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { createReader, type Reader } from '../support/reader.ts';
import { at, conditionOf, hashOf, labelOf, pinOf, ready, runsOn, textAt } from '../support/reading.ts';

let stage: Stage;
let reader: Reader;
const namespace = 'shop';
const optIn = { 'confroll.dev/config': 'shop' };
const sleeping = { securityContext: { runAsNonRoot: true, runAsUser: 65_532 } };

beforeAll(async () => {
  stage = await buildStage({ nodes: 'real', say: () => {}, signal: AbortSignal.timeout(1_700_000) });
  reader = createReader(stage.kubectl, stage.cluster.kubeconfig);
  if (stage.cluster.nodes !== 'real') return;
  const items = access(stage.source);
  await stage.kubectl(['apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
}, 1_800_000);
afterAll(async () => {
  reader?.close();
  await stage?.stop();
}, 60_000);
beforeEach((context) => {
  if (stage.cluster.nodes !== 'real') context.skip(`no real node here: ${stage.cluster.missing.join('; ')}`);
});

const commit = (files: Parameters<Stage['repository']['commit']>[0]): Promise<string> =>
  stage.repository.commit(files);

describe('a push', () => {
  it('changes files and variables inside all three Pods; each file equals git archive, with its mode', async () => {
    const first = await commit({
      'odd/shop.env': 'TEXT=one\nQUOTED="größer\n$HOME"\n',
      'odd/plain.txt': 'one\n',
      'odd/run.sh': { content: '#!/bin/sh\n', executable: true },
    });
    const env = [{ file: 'shop.env' }];
    const source = { url: stage.source.url, path: 'odd', secret: 'git-read' };
    await reader.apply(namespace, gitConfig({ ...source, env }));
    const hash = await ready(reader, namespace, first);
    await reader.apply(namespace, workload({ name: 'files', replicas: 3, labels: optIn, podSpec: sleeping }));
    await runsOn(reader, namespace, 'files', hash, 3);
    await filesEqual(first);
    for (const pod of await podNames()) expect(await textsIn(pod)).toEqual({ file: 'one', variable: 'one' });
    const [pod = ''] = await podNames();
    expect(await environmentOf(pod)).toContain('QUOTED=größer\n$HOME');

    const binary = Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 7) % 256));
    const second = await commit({
      'odd/shop.env': 'TEXT=two\nQUOTED=2\n',
      'odd/plain.txt': 'two\n',
      'odd/empty': '',
      'odd/deep/er/and deeper/ünï cødé.yaml': 'a: 1\r\nb: 2\r\n',
      'odd/.hidden': 'h',
      'odd/a+b=c@d,e.txt': 'signs',
      [`odd/${'n'.repeat(200)}`]: 'long name',
      'odd/binary.bin': binary,
      'odd/bin/tool': { content: '#!/bin/sh\nexit 0\n', executable: true },
    });
    let rolling = true;
    const torn = lookInside(() => rolling);
    try {
      const next = await ready(reader, namespace, second);
      await runsOn(reader, namespace, 'files', next, 3);
    } finally {
      rolling = false;
    }
    expect(await torn).toEqual([]);
    await filesEqual(second);
    for (const name of await podNames())
      expect(await textsIn(name)).toEqual({ file: 'two', variable: 'two' });
  }, 300_000);

  it('of 300 files and 3 MiB, of any name and kind, gives the Pod what git archive gives', async () => {
    const id = await commit(manyFiles());
    const source = { url: stage.source.url, path: 'many', secret: 'git-read' };
    await reader.apply(namespace, gitConfig({ ...source, name: 'many', mountPath: '/etc/shop' }));
    const hash = await ready(reader, namespace, id, 'many');
    const labels = { 'confroll.dev/config': 'many' };
    await reader.apply(namespace, workload({ name: 'many', labels, podSpec: sleeping }));
    await stage.kubectl(['-n', namespace, 'rollout', 'status', 'deployment/many', '--timeout=60s']);
    const objects = await reader.list(namespace, 'configmaps', 'confroll.dev/config=many');
    expect(objects.map((object) => textAt(object, 'metadata', 'name'))).toContain(`many-${hash}-3`);
    expect((await stage.repository.archive(id, 'many')).size).toBe(300);
    await filesEqual(id, { app: 'many', path: 'many', pods: 1 });
    await stage.kubectl(['-n', namespace, 'delete', 'deployment/many', 'gitconfig/many']);
  }, 300_000);

  const inPod = (pod: string, ...command: string[]): Promise<string> =>
    stage.kubectl(['-n', namespace, 'exec', pod, '--', 'busybox', ...command]);

  async function podNames(): Promise<string[]> {
    const pods = await reader.list(namespace, 'pods', 'app=files');
    return pods.map((pod) => textAt(pod, 'metadata', 'name') ?? '');
  }

  /** Of the container's own process. */
  async function environmentOf(pod: string): Promise<string[]> {
    return (await inPod(pod, 'cat', '/proc/1/environ')).split('\0');
  }

  async function textsIn(pod: string): Promise<{ file: string; variable: string | undefined }> {
    const variable = (await environmentOf(pod)).find((each) => each.startsWith('TEXT='));
    return { file: (await inPod(pod, 'cat', '/etc/shop/plain.txt')).trim(), variable: variable?.slice(5) };
  }

  /** Pods whose file and variable are not of one commit, looked for until the end of the rollout. */
  async function lookInside(goesOn: () => boolean): Promise<unknown[]> {
    const torn: unknown[] = [];
    while (goesOn()) {
      await delay(300);
      for (const pod of await podNames()) {
        // One that is starting or ending cannot be asked.
        const texts = await textsIn(pod).catch(() => undefined);
        if (texts !== undefined && texts.file !== texts.variable) torn.push({ pod, ...texts });
      }
    }
    return torn;
  }

  async function filesEqual(id: string, of = { app: 'files', path: 'odd', pods: 3 }): Promise<void> {
    const expected = await stage.repository.archive(id, of.path);
    const pods = await reader.list(namespace, 'pods', `app=${of.app}`);
    expect(pods.length).toBe(of.pods);
    for (const pod of pods) {
      // `..data` and its like are the kubelet's own; everything else below the mount path is ours.
      const script = `cd /etc/shop; set --
        for f in * .[!.]*; do if [ -e "$f" ]; then set -- "$@" "./$f"; fi; done
        busybox tar -chf - "$@" | busybox base64`;
      const name = textAt(pod, 'metadata', 'name') ?? '';
      const encoded = await stage.kubectl([
        '-n',
        namespace,
        'exec',
        name,
        '--',
        'busybox',
        'sh',
        '-c',
        script,
      ]);
      const inside = archivedFiles(Buffer.from(encoded, 'base64'));
      expect([...inside.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [path, file] of expected) {
        expect(inside.get(path)?.content.equals(file.content), path).toBe(true);
        expect(inside.get(path)?.mode, path).toBe(file.mode);
      }
    }
  }
});

function manyFiles(): Parameters<Stage['repository']['commit']>[0] {
  const noise = createHash('sha512').update('noise').digest();
  const names = [
    ...['.hidden', 'a.b', 'a b', ' blanks around ', 'trailing.'],
    ...[
      '-rf',
      '*',
      '?[a-z]',
      '$(id)',
      '`id`',
      '%s',
      '~',
      '#',
      ';',
      "it's",
      '"quoted"',
      'back\\slash',
      '<&|>',
    ],
    ...[
      'new\nline',
      'tab\tand\u0001',
      'caf\u00e9',
      'cafe\u0301',
      '\u{1f642}',
      '\u200bhidden',
      '\ufeffmark',
      '\u202eright',
    ],
    ...[
      'n'.repeat(255),
      'ü'.repeat(127),
      'path-0123456789abcdef-x',
      '__proto__',
      'constructor',
      'con',
      'Upper',
      'upper',
    ],
    ...[
      'a/b',
      'a/..b',
      'a/...',
      `${'deep/'.repeat(40)}end`,
      `${'d'.repeat(200)}/${'e'.repeat(200)}/${'f'.repeat(200)}`,
    ],
  ];
  const contents = [
    '',
    '\n',
    'plain text\r\nof two lines',
    '\ufeffwith a mark',
    Buffer.from([0]),
    Buffer.from([0xff, 0xfe, 0x41, 0]),
    Buffer.alloc(2_000, noise),
    '\u0001'.repeat(500),
  ];
  const odd = names.map((name, at) => [name, contents[at % contents.length] ?? ''] as const);
  const large = Array.from(
    { length: 6 },
    (_, at) => [`large/${at}.bin`, Buffer.alloc(524_288, noise)] as const,
  );
  const rest = Array.from(
    { length: 300 - odd.length - large.length },
    (_, at) => [`rest/${at % 7}/${at}.txt`, contents[at % contents.length] ?? ''] as const,
  );
  const files = [...odd, ...large, ...rest].map(([name, content], at) => {
    const executable = at % 5 === 0;
    return [`many/${name}`, executable ? { content, executable } : content] as const;
  });
  return Object.fromEntries(files);
}

describe('kubectl rollout undo', () => {
  it.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)(
    'of a %s brings the old bytes back, held',
    async (kind) => {
      const name = `undo-${kind.toLowerCase()}`;
      const read = () => reader.read(namespace, kind, name);
      const one = await ready(reader, namespace, await commit({ 'odd/plain.txt': `${name} one\n` }));
      await reader.apply(namespace, workload({ kind, name, labels: optIn, podSpec: sleeping }));
      await runsOn(reader, namespace, name, one);
      const two = await ready(reader, namespace, await commit({ 'odd/plain.txt': `${name} two\n` }));
      await runsOn(reader, namespace, name, two);
      expect(await content(name)).toBe(`${name} two\n`);

      await stage.kubectl(['-n', namespace, 'rollout', 'undo', `${kind}/${name}`]);
      await runsOn(reader, namespace, name, one);
      expect(await content(name)).toBe(`${name} one\n`);
      await eventually(async () => labelOf(await read(), 'held.confroll.dev/shop') === two);

      const id = await commit({ 'odd/plain.txt': `${name} three\n` });
      const three = await eventually(async () => {
        const config = await reader.read(namespace, 'gitconfig', 'shop');
        return textAt(config, 'status', 'revision')?.endsWith(id) === true && hashOf(config);
      });
      await stays(async () => expect(pinOf(await read())).toBe(one), 3);
      const resume = `held.confroll.dev/shop-`;
      await stage.kubectl([
        '-n',
        namespace,
        'label',
        `${kind}/${name}`,
        resume,
        '--field-manager=confroll-person',
      ]);
      await runsOn(reader, namespace, name, three);
      expect(await content(name)).toBe(`${name} three\n`);
      await stage.kubectl(['-n', namespace, 'delete', kind, name]);
    },
    300_000,
  );

  async function content(name: string): Promise<string> {
    const [pod] = await reader.list(namespace, 'pods', `app=${name}`);
    const podName = textAt(pod, 'metadata', 'name') ?? '';
    return stage.kubectl(['-n', namespace, 'exec', podName, '--', 'busybox', 'cat', '/etc/shop/plain.txt']);
  }
});

describe('admission', () => {
  it('refuses a labelled Pod without its GitConfig in words, on the ReplicaSet', async () => {
    await stage.kubectl(['create', 'namespace', 'nothing-here']);
    await reader.apply('nothing-here', workload({ name: 'web', labels: optIn }));
    const message = await eventually(async () => {
      const [set] = await reader.list('nothing-here', 'replicasets');
      const conditions = at(set, 'status', 'conditions');
      return Array.isArray(conditions) ? textAt(conditions[0], 'message') : undefined;
    });
    expect(message).toContain('GitConfig');
    expect(message).toContain('nothing-here');
    expect(message).toContain('kubectl');
  });

  it('down: others are created as ever, new labelled workloads are refused, and a push costs no workload a Pod', async () => {
    const before = await ready(reader, namespace, await commit({ 'odd/plain.txt': 'before the outage\n' }));
    const names = ['down-deployment', 'down-statefulset', 'down-daemonset'];
    await reader.apply(
      namespace,
      workload({ name: 'down-deployment', replicas: 2, labels: optIn, podSpec: sleeping }),
      workload({ kind: 'StatefulSet', name: 'down-statefulset', labels: optIn, podSpec: sleeping }),
      workload({ kind: 'DaemonSet', name: 'down-daemonset', labels: optIn, podSpec: sleeping }),
    );
    for (const name of names)
      await runsOn(reader, namespace, name, before, name === 'down-deployment' ? 2 : 1);
    const uids = async (): Promise<string[]> => {
      const pods = await Promise.all(names.map((name) => reader.list(namespace, 'pods', `app=${name}`)));
      return pods
        .flat()
        .map((pod) => textAt(pod, 'metadata', 'uid') ?? '')
        .sort();
    };
    const running = await uids();

    await stage.kubectl(['-n', 'confroll-system', 'scale', 'deployment/confroll-webhook', '--replicas=0']);
    await eventually(
      async () =>
        (await reader.list('confroll-system', 'pods', 'app.kubernetes.io/component=webhook')).length === 0,
      { seconds: 60 },
    );
    await reader.apply(namespace, workload({ name: 'stranger', podSpec: sleeping }));
    await eventually(
      async () =>
        at((await reader.list(namespace, 'pods', 'app=stranger'))[0], 'status', 'phase') === 'Running',
    );
    await expect(reader.apply(namespace, workload({ name: 'newcomer', labels: optIn }))).rejects.toThrow(
      'workload-create.confroll.dev',
    );
    await pushAndStay('during the outage\n', running, uids);

    await stage.kubectl(['-n', 'confroll-system', 'scale', 'deployment/confroll-webhook', '--replicas=2']);
    const config = await reader.read(namespace, 'gitconfig', 'shop');
    const hash = hashOf(config) ?? '';
    for (const name of names) await runsOn(reader, namespace, name, hash, name === 'down-deployment' ? 2 : 1);
  }, 300_000);

  it('configuration deleted: a push costs no workload a Pod, and it goes on when that is back', async () => {
    const name = 'unconfigured';
    const before = await ready(reader, namespace, await commit({ 'odd/plain.txt': 'before the deletion\n' }));
    await reader.apply(namespace, workload({ kind: 'StatefulSet', name, labels: optIn, podSpec: sleeping }));
    await runsOn(reader, namespace, name, before);
    const uids = async (): Promise<string[]> =>
      (await reader.list(namespace, 'pods', `app=${name}`)).map(
        (pod) => textAt(pod, 'metadata', 'uid') ?? '',
      );
    const configuration = await stage.kubectl([
      'get',
      'mutatingwebhookconfiguration',
      'confroll',
      '-o',
      'json',
    ]);
    await stage.kubectl(['delete', 'mutatingwebhookconfiguration', 'confroll']);
    await pushAndStay('during the deletion\n', await uids(), uids);
    const { metadata, ...rest } = JSON.parse(configuration);
    const input = JSON.stringify({ ...rest, metadata: { name: metadata.name, labels: metadata.labels } });
    await stage.kubectl(['create', '-f', '-'], { input });
    const hash = hashOf(await reader.read(namespace, 'gitconfig', 'shop')) ?? '';
    await runsOn(reader, namespace, name, hash);
  }, 300_000);

  /** A push while admission does not work: published, said, and nothing moves. */
  async function pushAndStay(
    text: string,
    running: readonly string[],
    uids: () => Promise<string[]>,
  ): Promise<void> {
    const id = await commit({ 'odd/plain.txt': text });
    await eventually(
      async () => {
        const config = await reader.read(namespace, 'gitconfig', 'shop');
        const condition = conditionOf(config, 'RolledOut');
        return (
          textAt(config, 'status', 'revision')?.endsWith(id) === true &&
          condition?.reason === 'AdmissionNotWorking'
        );
      },
      { what: 'RolledOut=False AdmissionNotWorking', seconds: 60 },
    );
    await stays(async () => expect(await uids()).toEqual(running), 4);
  }
});
