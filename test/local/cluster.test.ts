// Clusters without a real node: they work, and nothing of them survives.
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { type Cluster, type ClusterOptions, startCluster } from '../../local/cluster.ts';
import { createKubectl } from '../../local/kubectl.ts';
import { eventually } from '../support/eventually.ts';
import { startCaller } from './cluster/killed-caller.ts';
import { isRunning, tracesOf, untilGone } from './cluster/traces.ts';

// The first start on a machine builds the programs.
const firstStartMilliseconds = 900_000;

const started: Cluster[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((cluster) => cluster.stop()));
});

async function start(options: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster(options);
  started.push(cluster);
  return cluster;
}

describe('a cluster without nodes', () => {
  test(
    'answers, counts requests in the audit log, and is gone after stop()',
    async () => {
      const cluster = await start({ nodes: 'none', audit: true });
      const kubectl = createKubectl(cluster);
      expect(cluster.missing).toEqual([]);
      expect(await kubectl(['get', '--raw', '/readyz'])).toBe('ok');
      await kubectl(['create', 'configmap', 'seen-in-audit', '--from-literal=key=not-in-audit']);
      const audit = readFileSync(`${cluster.directory}/audit.log`, 'utf8').trim().split('\n');
      const creates = audit.filter(
        (line) => line.includes('"name":"seen-in-audit"') && line.includes('"verb":"create"'),
      );
      expect(creates).toHaveLength(1);
      expect(audit.join()).not.toContain('not-in-audit');
      const pids = cluster.processes().map(({ pid }) => pid);
      expect(cluster.processes().map(({ name }) => name)).toEqual(['supervisor', 'etcd', 'kube-apiserver']);
      expect(pids.filter(isRunning)).toEqual(pids);
      expect(tracesOf(cluster.directory)).not.toEqual([]);
      await Promise.all([cluster.stop(), cluster.stop()]);
      expect(tracesOf(cluster.directory)).toEqual([]);
      expect(pids.filter(isRunning)).toEqual([]);
      await cluster.stop();
    },
    firstStartMilliseconds,
  );

  test('no argument and no log holds a token', async () => {
    const cluster = await start({ nodes: 'none' });
    const tokens = readFileSync(`${cluster.directory}/pki/tokens.csv`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.slice(0, line.indexOf(',')));
    expect(tokens.length).toBeGreaterThan(1);
    const said = cluster.processes().flatMap(({ name, pid }) => {
      const log = `${cluster.directory}/logs/${name}.log`;
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8'), existsSync(log) ? readFileSync(log, 'utf8') : ''];
    });
    for (const token of tokens) expect(said.some((text) => text.includes(token))).toBe(false);
  });
});

describe('a cluster with simulated nodes', () => {
  test(
    'Pods become Ready, deleted ones go away, and a killed program comes back',
    async () => {
      const cluster = await start({ nodes: 'simulated' });
      const kubectl = createKubectl(cluster);
      const count = async (...args: string[]) =>
        (await kubectl(['get', ...args, '-o', 'name'])).trim().split('\n').filter(Boolean).length;
      expect(await count('nodes')).toBe(3);
      await kubectl(['create', 'deployment', 'web', '--image=web', '--replicas=3']);
      await kubectl(['rollout', 'status', 'deployment/web', '--timeout=60s']);
      expect(await count('pods', '--field-selector=status.phase=Running')).toBe(3);

      const before = cluster.processes().find(({ name }) => name === 'kube-controller-manager');
      await cluster.restart('kube-controller-manager');
      const after = cluster.processes().find(({ name }) => name === 'kube-controller-manager');
      expect(after?.pid).toBeGreaterThan(0);
      expect(after?.pid).not.toBe(before?.pid);
      await expect(cluster.restart('no-such-program')).rejects.toThrow('no-such-program');

      await kubectl(['delete', 'deployment', 'web']);
      await eventually(async () => (await count('pods')) === 0, { seconds: 60, what: 'the end of all Pods' });
    },
    firstStartMilliseconds,
  );

  test(
    'two run side by side, and each ends alone',
    async () => {
      const [first, second] = await Promise.all([start({ nodes: 'simulated' }), start({ nodes: 'none' })]);
      expect(first.server).not.toBe(second.server);
      await createKubectl(first)(['create', 'namespace', 'only-here']);
      await first.stop();
      expect(tracesOf(first.directory)).toEqual([]);
      expect(await createKubectl(second)(['get', 'namespaces'])).not.toContain('only-here');
    },
    firstStartMilliseconds,
  );

  test('a program that the caller starts sees nothing of its environment, and ends with the cluster', async () => {
    const cluster = await start({ nodes: 'none' });
    const log = `${cluster.directory}/logs/mine.log`;
    const child = cluster.spawnInside(['sh', '-c', 'env; exec sleep 1000'], {
      env: { GREETING: 'hello' },
      log,
    });
    await eventually(() => existsSync(log) && readFileSync(log, 'utf8').includes('GREETING=hello'));
    expect(readFileSync(log, 'utf8')).not.toContain('VITEST');
    await cluster.stop();
    expect(child.pid === undefined || isRunning(child.pid)).toBe(false);
  });
});

describe('nothing survives', () => {
  test.each([
    ['none', 'SIGKILL'],
    ['simulated', 'SIGKILL'],
    ['none', 'SIGTERM'],
    ['none', 'SIGINT'],
  ] as const)(
    'a caller of nodes %s that ends by %s',
    async (nodes, signal) => {
      const caller = await startCaller(nodes);
      expect(tracesOf(caller.directory)).not.toEqual([]);
      caller.child.kill(signal);
      await untilGone(caller.directory, caller.pids);
    },
    firstStartMilliseconds,
  );

  test('a killed supervisor', async () => {
    const lines: string[] = [];
    const cluster = await start({ nodes: 'simulated', log: (line) => lines.push(line) });
    const pids = cluster.processes().map(({ pid }) => pid);
    const [supervisor] = pids;
    if (supervisor === undefined) throw new Error('the supervisor is the first process');
    process.kill(supervisor, 'SIGKILL');
    await untilGone(cluster.directory, pids);
    expect(lines.join()).toContain('The cluster is gone');
    await expect(cluster.restart('etcd')).rejects.toThrow('the cluster has ended');
  });

  test('a killed supervisor and a killed caller: the next start removes the folder', async () => {
    const caller = await startCaller('none');
    const [supervisor] = caller.pids;
    if (supervisor === undefined) throw new Error('the supervisor is the first process');
    caller.child.kill('SIGSTOP');
    process.kill(supervisor, 'SIGKILL');
    caller.child.kill('SIGKILL');
    await eventually(() => !caller.pids.some(isRunning));
    await start({ nodes: 'none' });
    expect(tracesOf(caller.directory)).toEqual([]);
  });
});

describe('a signal', () => {
  test('that has fired starts nothing', async () => {
    await expect(startCluster({ nodes: 'none', signal: AbortSignal.abort() })).rejects.toThrow();
  });

  test('that fires during the start rejects when all is gone', async () => {
    const controller = new AbortController();
    const starting = startCluster({ nodes: 'simulated', signal: controller.signal });
    setTimeout(() => controller.abort(), 1_000);
    await expect(starting).rejects.toThrow();
  });

  test('that fires later ends the cluster', async () => {
    const controller = new AbortController();
    const cluster = await start({ nodes: 'none', signal: controller.signal });
    controller.abort();
    await untilGone(cluster.directory);
  });
});
