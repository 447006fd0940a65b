// A real kubelet and containerd: files in Pods, logs, exec, the network; and the host as it was before.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, type TestContext, test, vi } from 'vitest';
import { busyboxImage, writeBusyboxImage } from '../../../local/cluster/busybox-image.ts';
import { type Cluster, startCluster } from '../../../local/cluster.ts';
import { createKubectl } from '../../../local/kubectl.ts';
import { eventually } from '../../support/eventually.ts';
import { startCaller } from './killed-caller.ts';
import { deviceTo, hasDevice, isRunning, tracesOf, untilGone } from './traces.ts';

const isPossible = process.platform === 'linux' && process.getuid?.() === 0;
const firstStartMilliseconds = 900_000;

function needRealNode(context: TestContext, cluster?: Cluster): void {
  if (!isPossible) context.skip('a real node needs Linux and root');
  if (cluster !== undefined && cluster.missing.length > 0) context.skip(cluster.missing.join(' '));
}

describe('a cluster with a real node', () => {
  const hostBefore = hostState();
  let cluster: Cluster | undefined;
  beforeAll(async () => {
    if (isPossible) cluster = await startCluster({ nodes: 'real' });
  }, firstStartMilliseconds);
  afterAll(() => cluster?.stop());

  test('a Pod sees a ConfigMap as files; logs and exec work', async (context) => {
    needRealNode(context, cluster);
    if (cluster === undefined) return;
    const kubectl = createKubectl(cluster);
    await kubectl(['create', 'configmap', 'files', '--from-literal=greeting=hello']);
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(webServer) });
    await kubectl(['wait', '--for=condition=Ready', 'pod/web', '--timeout=60s']);
    expect(await kubectl(['exec', 'web', '--', 'cat', '/etc/files/greeting'])).toBe('hello');
    expect(await kubectl(['logs', 'web'])).toBe('started\n');
    const address = (await kubectl(['get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}'])).trim();
    const answer = await eventually(() =>
      kubectl(['exec', 'web', '--', 'wget', '-qO-', `http://${address}/greeting`]),
    );
    expect(answer).toBe('hello');
    expect(await kubectl(['get', '--raw', '/api/v1/namespaces/default/services/web:80/proxy/greeting'])).toBe(
      'hello',
    );
  });

  test('a program inside is reached by Pods at the gateway and by the host at its own address', async (context) => {
    needRealNode(context, cluster);
    if (cluster === undefined) return;
    const { directory, gateway, inside } = cluster;
    const server = cluster.spawnInside(['busybox', 'httpd', '-f', '-p', '8000', '-h', '/etc']);
    const fromHost = await eventually(async () => (await fetch(`http://${inside}:8000/hostname`)).text());
    expect(fromHost).not.toBe('');
    const kubectl = createKubectl(cluster);
    const fromPod = await kubectl(['exec', 'web', '--', 'wget', '-qO-', `http://${gateway}:8000/hostname`]);
    expect(fromPod).toBe(fromHost);
    server.kill();
    await once(server, 'exit');
    await eventually(async () =>
      fetch(`http://${inside}:8000/hostname`).then(
        () => false,
        () => true,
      ),
    );
    const failing = cluster.spawnInside(['sh', '-c', 'pwd; exit 7']);
    const [output, [code]] = await Promise.all([
      failing.stdout === null ? '' : text(failing.stdout),
      once(failing, 'exit'),
    ]);
    expect([output, code]).toEqual([`${directory}\n`, 7]);
  });

  test('an image is imported from a docker archive; another file is refused in words', async (context) => {
    needRealNode(context, cluster);
    if (cluster === undefined) return;
    const folder = await mkdtemp(join(tmpdir(), 'confroll-image-'));
    const archive = join(folder, 'image.tar');
    await writeBusyboxImage(archive, AbortSignal.timeout(30_000));
    await cluster.importImage(archive);
    await expect(cluster.importImage(cluster.kubeconfig)).rejects.toThrow('did not take the image');
    await expect(cluster.importImage(join(folder, 'absent.tar'))).rejects.toThrow('absent.tar');
    await rm(folder, { recursive: true });
  });

  test('the kubelet comes back after a restart, and its Pods go on', async (context) => {
    needRealNode(context, cluster);
    if (cluster === undefined) return;
    await cluster.restart('kubelet');
    const kubectl = createKubectl(cluster);
    await eventually(() => kubectl(['exec', 'web', '--', 'true']).then(() => true), { seconds: 60 });
    expect(
      await kubectl(['get', 'pod', 'web', '-o', 'jsonpath={.status.containerStatuses[0].restartCount}']),
    ).toBe('0');
  });

  test(
    'a second one runs beside it, and ends alone',
    async (context) => {
      needRealNode(context, cluster);
      if (cluster === undefined) return;
      const second = await startCluster({ nodes: 'real' });
      const pids = second.processes().map(({ pid }) => pid);
      expect(second.inside).not.toBe(cluster.inside);
      expect(await createKubectl(second)(['get', 'pods'])).toBe('');
      await second.stop();
      expect(tracesOf(second.directory)).toEqual([]);
      expect(pids.filter(isRunning)).toEqual([]);
      expect(await createKubectl(cluster)(['exec', 'web', '--', 'echo', 'still here'])).toBe('still here\n');
    },
    firstStartMilliseconds,
  );

  test('while it runs the host has no rule, mount or setting of it; afterwards nothing at all', async (context) => {
    needRealNode(context, cluster);
    if (cluster === undefined) return;
    expect(hostState()).toEqual(hostBefore);
    const { directory } = cluster;
    const pids = cluster.processes().map(({ pid }) => pid);
    await cluster.stop();
    expect(tracesOf(directory)).toEqual([]);
    expect(pids.filter(isRunning)).toEqual([]);
  });
});

describe('nothing of a real node survives', () => {
  for (const victim of ['caller', 'supervisor'] as const) {
    test(`the kill of its ${victim}`, { timeout: firstStartMilliseconds }, async (context) => {
      needRealNode(context);
      const caller = await startCaller('real');
      if (caller.nodes !== 'real') context.skip('this machine cannot run a real node');
      const device = deviceTo(caller.inside) ?? '';
      expect(hasDevice(device)).toBe(true);
      expect(tracesOf(caller.directory)).not.toEqual([]);
      const [supervisor = 0] = caller.pids;
      process.kill(victim === 'caller' ? (caller.child.pid ?? 0) : supervisor, 'SIGKILL');
      await untilGone(caller.directory, caller.pids);
      await eventually(() => !hasDevice(device), { what: 'the end of the network device' });
      caller.child.kill('SIGKILL');
    });
  }
});

test('where its files would be hidden from it, nodes are simulated, and the reason says what to do', async (context) => {
  needRealNode(context);
  vi.stubEnv('TMPDIR', await mkdtemp('/run/confroll-test-'));
  const folder = tmpdir();
  const cluster = await startCluster({ nodes: 'real' }).finally(() => vi.unstubAllEnvs());
  expect(cluster.nodes).toBe('simulated');
  expect(cluster.missing.join(' ')).toContain(`without ${folder}: set TMPDIR to another folder`);
  await cluster.stop();
  await rmdir(folder);
});

/** What a node would change on a machine that is not kept apart from it. */
function hostState(): Record<string, string> {
  const run = (file: string, ...args: string[]): string => {
    try {
      return execFileSync(file, args, { encoding: 'utf8' });
    } catch {
      return 'cannot be read';
    }
  };
  const settings = ['kernel/panic', 'kernel/panic_on_oops', 'vm/overcommit_memory', 'net/ipv4/ip_forward'];
  return {
    rules: run('nft', 'list', 'ruleset'),
    bridges: run('ip', '-o', 'link', 'show', 'type', 'bridge'),
    cni: String(existsSync('/var/lib/cni')),
    kubelet: String(existsSync('/var/lib/kubelet')),
    ...Object.fromEntries(settings.map((name) => [name, readFileSync(`/proc/sys/${name}`, 'utf8')])),
  };
}

const webServer = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'web',
            image: busyboxImage,
            imagePullPolicy: 'Never',
            command: ['sh', '-c', 'echo started; exec httpd -f -p 80 -h /etc/files'],
            readinessProbe: { httpGet: { path: '/greeting', port: 80 }, periodSeconds: 1 },
            volumeMounts: [{ name: 'files', mountPath: '/etc/files' }],
          },
        ],
        volumes: [{ name: 'files', configMap: { name: 'files' } }],
      },
    },
  ],
};
