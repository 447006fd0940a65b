// What it costs to read a folder of a repository first, and again after one file of it has changed, while the rest of
// the repository grows; beside the git command line, shallow and with a filter. One run, one machine: the ratios count.

import { tmpdir } from 'node:os';
import { stdout } from 'node:process';
import { startGitServer } from '../local/git-server/server.ts';
import { makeTemporaryFolder } from '../local/temporary-folder.ts';
import { gitFiltered, gitShallow } from './git/command-line.ts';
import { confroll } from './git/confroll.ts';
import { type Counter, startCounter } from './git/counter.ts';
import { type Grown, grow } from './git/grow.ts';
import type { Reader, Subject } from './git/subject.ts';

const otherFiles = [13, 1_000, 20_000, 100_000];
const firstRounds = 3;
const warmUps = 3;
const followRounds = 20;
const subjects: readonly Subject[] = [confroll, gitShallow, gitFiltered];

type Figures = {
  readonly bytes: number;
  readonly requests: number;
  readonly milliseconds: readonly number[];
  readonly mebibytes: number;
};

let resting = 0;
const folder = makeTemporaryFolder(tmpdir(), 'confroll-bench-');
const server = await startGitServer();
const counter = await startCounter(server.port);
try {
  stdout.write(
    [
      `Median of ${firstRounds} first reads and ${followRounds} follow-ups (in brackets: the slowest); the time of git has the start of its processes in it, as a syncer that calls it pays it. Memory: peak of a fresh process; of git, all its processes together.`,
      '',
      '| other files | reader | first: bytes | requests | ms | MiB | follow-up: bytes | requests | ms | MiB | follow-up, against confroll |',
      '|---|---|---|---|---|---|---|---|---|---|---|',
      '',
    ].join('\n'),
  );
  for (const others of otherFiles) await measure(await grow(server.repository(`others-${others}`), others));
  stdout.write(
    `\nOf confroll's memory, ${resting.toFixed(0)} MiB are Node.js with the sources, before anything is read.\n`,
  );
} finally {
  await counter.stop();
  await server.stop();
  await folder.remove();
}

async function measure(grown: Grown): Promise<void> {
  const url = grown.repository.url.replace(server.url, counter.url);
  let ours: number | undefined;
  for (const { name, open } of subjects) {
    const firsts: Figures[] = [];
    let reader: Reader | undefined;
    for (let round = 0; round < firstRounds; round += 1) {
      await reader?.close();
      const next = await open({ url, path: grown.path, directory: `${folder.path}/${crypto.randomUUID()}` });
      resting = next.resting ?? resting;
      firsts.push(await once(counter, () => next.first(), grown));
      reader = next;
    }
    if (reader === undefined) continue;
    const follows: Figures[] = [];
    for (let round = 0; round < warmUps + followRounds; round += 1) {
      await grown.change();
      const follow = reader;
      const figures = await once(counter, () => follow.again(), grown);
      if (round >= warmUps) follows.push(figures);
    }
    await reader.close();
    const [first, follow] = [together(firsts), together(follows)];
    ours ??= middle(follow.milliseconds);
    const ratio = `${(middle(follow.milliseconds) / ours).toPrecision(2)} x`;
    const cells = [grown.others.toLocaleString('en'), name, ...shown(first), ...shown(follow), ratio];
    stdout.write(`| ${cells.join(' | ')} |\n`);
  }
}

/** One read, and the proof that it has read what is there. */
async function once(
  counted: Counter,
  read: () => ReturnType<Reader['first']>,
  grown: Grown,
): Promise<Figures> {
  const before = counted.read();
  const { files, milliseconds, mebibytes } = await read();
  const after = counted.read();
  if (files.get('changing.conf') !== grown.content() || files.size !== grown.files) {
    throw new Error(`${files.size} files were read, and not what was pushed`);
  }
  const [bytes, requests] = [after.bytes - before.bytes, after.requests - before.requests];
  return { bytes, requests, milliseconds: [milliseconds], mebibytes };
}

function together(rounds: readonly Figures[]): Figures {
  return {
    bytes: middle(rounds.map(({ bytes }) => bytes)),
    requests: middle(rounds.map(({ requests }) => requests)),
    milliseconds: rounds.flatMap(({ milliseconds }) => milliseconds),
    mebibytes: Math.max(...rounds.map(({ mebibytes }) => mebibytes)),
  };
}

function shown({ bytes, requests, milliseconds, mebibytes }: Figures): string[] {
  return [
    Math.round(bytes).toLocaleString('en'),
    String(requests),
    `${middle(milliseconds).toFixed(0)} (${Math.max(...milliseconds).toFixed(0)})`,
    mebibytes.toFixed(0),
  ];
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
