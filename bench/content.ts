// What it costs to check a folder, lay it out and publish it, beside the floor: the same objects, made with one create each
// and never looked at again. One run, one machine: the ratios count.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { execPath, stdout } from 'node:process';
import { promisify } from 'node:util';
import { startCluster } from '../local/cluster.ts';
import { isRecord, parseJson } from '../src/lib/json.ts';

const counts = [10, 300, 3_000];
const run = promisify(execFile);

type Figures = {
  readonly objects: number;
  readonly validate: number;
  readonly build: number;
  readonly publish: number;
  readonly mebibytes: number;
};

const cluster = await startCluster({ nodes: 'none' });
try {
  stdout.write(
    [
      'Medians of 8 rounds, each with content of its own, in ms. Memory: the peak of a fresh process above what it weighs at rest; the thread that checks large folders is in it.',
      '',
      '| files | objects | check | lay out | publish | all | floor: creates only | publish, against the floor | all, against the floor | MiB | MiB of the floor |',
      '|---|---|---|---|---|---|---|---|---|---|---|',
      '',
    ].join('\n'),
  );
  for (const count of counts) {
    const floor = await measure('floor', count);
    const ours = await measure('confroll', count);
    const all = ours.validate + ours.build + ours.publish;
    const cells = [
      count.toLocaleString('en'),
      ours.objects,
      ...[ours.validate, ours.build, ours.publish, all, floor.publish].map((each) => each.toFixed(1)),
      ...[ours.publish, all].map((each) => `${(each / floor.publish).toFixed(1)} x`),
      ...[ours.mebibytes, floor.mebibytes].map((each) => each.toFixed(0)),
    ];
    stdout.write(`| ${cells.join(' | ')} |\n`);
  }
} finally {
  await cluster.stop();
}

async function measure(subject: 'confroll' | 'floor', count: number): Promise<Figures> {
  const program = join(import.meta.dirname, 'content-run.ts');
  const { stdout: out } = await run(execPath, [program, cluster.kubeconfig, subject, String(count)]);
  const answer = parseJson(out);
  if (!isRecord(answer) || !Array.isArray(answer.steps)) throw new Error(`no figures: ${out}`);
  const steps = answer.steps.filter(isRecord);
  const middle = (name: string): number => {
    const sorted = steps.map((step) => Number(step[name])).sort((one, other) => one - other);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return {
    objects: Number(answer.objects),
    validate: middle('validate'),
    build: middle('build'),
    publish: middle('publish'),
    mebibytes: Number(answer.mebibytes),
  };
}
