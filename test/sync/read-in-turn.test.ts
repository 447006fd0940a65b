// Reads beside servers that begin to send much and then hang: over loopback, with real sources that share their turns.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type GitServer, startGitServer } from '../../local/git-server/server.ts';
import { parseCommitId } from '../../src/api/identifiers.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLendableTurns, defaultLendingLimits } from '../../src/sync/lendable-turns.ts';
import { readInTurn } from '../../src/sync/read-in-turn.ts';
import type { Folder, Head, Source } from '../../src/sync/source.ts';
import { createTurns } from '../../src/sync/turns.ts';
import { startFront } from '../support/git-servers/front.ts';
import { openSource } from '../support/git-servers/open-source.ts';
import { pktLine, sideBand } from '../support/git-servers/packs.ts';
import { headOf, never, reading } from '../support/git-servers/read-source.ts';

let git: GitServer;
const cleaning: (() => unknown)[] = [];
beforeAll(async () => {
  git = await startGitServer();
});
afterEach(async () => {
  for (const each of cleaning.splice(0).toReversed()) await each();
});
afterAll(() => git.stop());

// No deadline of the server ends a read before the test does.
const hour = 3_600_000;
const limits = {
  headMilliseconds: hour,
  idleMilliseconds: hour,
  lowSpeedMilliseconds: hour,
  overallMilliseconds: hour,
  readMilliseconds: hour,
};

function open(url: string): Source {
  const source = openSource(url, { limits });
  cleaning.push(source.close);
  return source;
}

/** Sends so many bytes of a pack, and then this many each half second. */
async function hanging(bytes: number, drip: number): Promise<string> {
  const front = await startFront({ target: git });
  cleaning.push(front.stop);
  front.misbehave({
    questions: ['pack'],
    onExchange({ response }) {
      response.setHeader('content-type', 'application/x-git-upload-pack-result');
      response.write(Buffer.concat([pktLine('packfile\n'), ...sideBand(1, randomBytes(bytes))]));
      if (drip === 0) return;
      const timer = setInterval(() => response.write(sideBand(1, randomBytes(drip))[0]), 500);
      response.on('close', () => clearInterval(timer));
    },
  });
  return front.url;
}

const unknown = parseCommitId('a'.repeat(40));
const aHead: Head | undefined = unknown && { name: 'main', commit: unknown };

async function readBeside(hung: readonly string[], turnCount: number, lending = defaultLendingLimits) {
  const repository = git.repository(`good-${hung.length}-${turnCount}-${lending.lentBytes}`);
  await repository.commit({ 'shop/a': randomBytes(200_000) });
  const newTurn = createLendableTurns(createTurns(turnCount), systemClock, lending);
  const read = async (source: Source, head: Head | undefined, signal: AbortSignal): Promise<Folder> => {
    const turn = newTurn();
    try {
      return await readInTurn(
        source.read,
        reading(head),
        { turn, shown: 'https://git.example/x.git' },
        signal,
      );
    } finally {
      turn.giveBack();
    }
  };
  const stop = new AbortController();
  const hanging = hung.map((url) =>
    read(open(repository.url.replace(git.url, url)), aHead, stop.signal).catch((): 'stopped' => 'stopped'),
  );
  const healthy = open(repository.url);
  const head = await headOf(healthy);
  // The others have their turns by now.
  await delay(1_500);
  const began = performance.now();
  const folder = await read(healthy, head, never);
  const milliseconds = performance.now() - began;
  return {
    folder,
    milliseconds,
    ended: () => Promise.all(hanging),
    stop() {
      stop.abort();
      return Promise.all(hanging);
    },
  };
}

test('four servers that fall silent in a large answer, and one that drips, keep nobody', async () => {
  const urls = [await hanging(100_000, 1_200)];
  while (urls.length < 5) urls.push(await hanging(100_000, 0));
  const { folder, milliseconds, stop } = await readBeside(urls, 4);
  expect(folder.kind).toBe('ok');
  expect(milliseconds).toBeLessThan(15_000);
  // They hold little: they are waited for as before.
  expect(await stop()).toEqual(['stopped', 'stopped', 'stopped', 'stopped', 'stopped']);
}, 60_000);

test('one that sends a little all the time keeps nobody, with one turn for all', async () => {
  const { folder, milliseconds, stop } = await readBeside([await hanging(100_000, 30_000)], 1);
  expect(folder.kind).toBe('ok');
  expect(milliseconds).toBeLessThan(15_000);
  await stop();
}, 60_000);

test('what holds more than can be kept beside the others is given up, in words', async () => {
  const lending = { ...defaultLendingLimits, lentBytes: 150_000 };
  const { folder, ended } = await readBeside([await hanging(200_000, 0)], 1, lending);
  expect(folder.kind).toBe('ok');
  expect(await ended()).toEqual([
    {
      kind: 'failed',
      class: 'retry',
      reason: 'Timeout',
      message: expect.stringMatching(/^https:\/\/git\.example\/x\.git sends much, and slowly/),
    },
  ]);
}, 60_000);
