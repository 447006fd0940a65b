// How long from a push until three Pods run on it, beside the floor: the same rollout by a bare patch of the template.
// And what the programs weigh. One run, one machine; the ratio is what counts.
import { readdir, readFile } from 'node:fs/promises';
import process, { stdout } from 'node:process';
import { access, deploymentYaml, gitConfigYaml, namespace, workloadName } from '../local/demo/objects.ts';
import { buildStage, type Stage } from '../local/demo/stage.ts';
import { until } from '../local/until.ts';
import type { Kube } from '../src/kube/api.ts';
import { connectionFromKubeconfig } from '../src/kube/connection.ts';
import { createKube } from '../src/kube/http.ts';
import { parseWorkload } from '../src/kube/parse.ts';
import { resources, workloadResource } from '../src/kube/resources.ts';
import { systemClock } from '../src/lib/clock.ts';

const rounds = 8;
const often = { seconds: 120, everyMilliseconds: 5 };
const replicas = 3;
const deployment = { resource: workloadResource('Deployment'), namespace, name: workloadName };
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());

const stage = await buildStage({
  nodes: 'real',
  say: (line) => void process.stderr.write(`${line}\n`),
  signal: interrupted.signal,
});
try {
  if (stage.cluster.nodes !== 'real') {
    stdout.write(`skipped: no real node here: ${stage.cluster.missing.join('; ')}\n`);
  } else {
    await measure(stage, interrupted.signal);
  }
} finally {
  await stage.stop();
}

async function measure({ cluster, kubectl, source, workTree }: Stage, signal: AbortSignal): Promise<void> {
  const kube = createKube(await connectionFromKubeconfig(cluster.kubeconfig), {
    clock: systemClock,
    userAgent: 'confroll-bench',
  });
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: access(source) });
  await kubectl(['apply', '-f', '-'], { input });
  await kubectl(['apply', '-f', '-'], { input: gitConfigYaml(source.url) });
  await kubectl(['-n', namespace, 'wait', 'gitconfig/shop', '--for=condition=Ready', '--timeout=60s']);
  await kubectl(['apply', '-f', '-'], { input: deploymentYaml(replicas) });
  await kubectl(['-n', namespace, 'rollout', 'status', `deployment/${workloadName}`]);
  const floor: number[] = [];
  const templates: number[] = [];
  const pods: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    floor.push(await bareRollout(kube, round, signal));
    const file = 'envs/prod/shop/html/index.html';
    await workTree.push({
      file,
      from: /Tea is \d+ coins/,
      to: `Tea is ${round + 10} coins`,
      message: `round ${round}`,
    });
    const [template, running] = await confrollRollout(kube, round, signal);
    templates.push(template);
    pods.push(running);
  }
  const row = (name: string, values: number[]): string => {
    const [low = 0, middle = 0, high = 0] = [0, 0.5, 1].map(
      (part) => values.toSorted((a, b) => a - b)[Math.round(part * (values.length - 1))],
    );
    return `${name.padEnd(58)} ${low.toFixed(0).padStart(7)} ${middle.toFixed(0).padStart(7)} ${high.toFixed(0).padStart(7)}\n`;
  };
  stdout.write(
    `\n${`milliseconds, ${rounds} rounds, ${replicas} Pods`.padEnd(58)}     min  median     max\n`,
  );
  stdout.write(row('floor: bare patch of the template, to all Pods Ready', floor));
  stdout.write(row('look asked for after a push, to the changed template', templates));
  stdout.write(row('look asked for after a push, to all Pods Ready on it', pods));
  const ratios = pods.map((value, index) => (100 * value) / (floor[index] ?? value));
  stdout.write(row('the same in percent of the floor', ratios));
  stdout.write('\nresident memory, MiB\n');
  for (const { name, mebibytes, peak } of await memory()) {
    stdout.write(`${name.padEnd(58)} ${mebibytes.toFixed(0).padStart(7)} peak ${peak.toFixed(0)}\n`);
  }
  kube.close();
}

async function bareRollout(kube: Kube, round: number, signal: AbortSignal): Promise<number> {
  const started = performance.now();
  const body = { spec: { template: { metadata: { annotations: { 'example.com/round': String(round) } } } } };
  const writing = { signal, fieldManager: 'confroll-bench' };
  const { metadata } = await kube.patch(deployment, { kind: 'merge', body }, parseWorkload, writing);
  await allReady(kube, signal, metadata.generation ?? 0);
  return performance.now() - started;
}

/** The interval is not measured: the controller is asked to look at once, as a push hook would ask it. */
async function confrollRollout(kube: Kube, round: number, signal: AbortSignal): Promise<[number, number]> {
  const before = await current(kube, signal);
  const started = performance.now();
  const body = { metadata: { annotations: { 'confroll.dev/sync-requested-at': `round-${round}` } } };
  const config = { resource: resources.gitConfigs, namespace, name: 'shop' };
  await kube.patch(config, { kind: 'merge', body }, (raw) => raw, { signal, fieldManager: 'confroll-bench' });
  const generation = await until('the changed template', { ...often, signal }, async () => {
    const { metadata } = await current(kube, signal);
    return metadata.generation !== before.metadata.generation && metadata.generation;
  });
  const template = performance.now() - started;
  await allReady(kube, signal, generation);
  return [template, performance.now() - started];
}

async function current(kube: Kube, signal: AbortSignal) {
  const found = await kube.get(deployment, parseWorkload, { signal });
  if (found === undefined) throw new Error('the Deployment is gone');
  return found;
}

async function allReady(kube: Kube, signal: AbortSignal, generation: number): Promise<void> {
  await until('all Pods Ready', { ...often, signal }, async () => {
    const { status } = await current(kube, signal);
    return (
      (status?.observedGeneration ?? 0) >= generation &&
      status?.updatedReplicas === replicas &&
      status.availableReplicas === replicas &&
      status.replicas === replicas
    );
  });
}

async function memory(): Promise<{ name: string; mebibytes: number; peak: number }[]> {
  const rows: { name: string; mebibytes: number; peak: number }[] = [];
  for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (command[1] !== '/app/confroll.mjs') continue;
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
    const field = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
    rows.push({ name: `confroll ${command[2]}`, mebibytes: field('VmRSS'), peak: field('VmHWM') });
  }
  return rows.toSorted((a, b) => a.name.localeCompare(b.name));
}
