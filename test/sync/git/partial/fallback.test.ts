// Servers that cannot give parts: the whole commit is read from them, and they are not asked in vain each time.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GitServer, startGitServer } from '../../../../local/git-server/server.ts';
import type { Source } from '../../../../src/sync/source.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { type Front, give, startFront } from '../../../support/git-servers/front.ts';
import { openSource } from '../../../support/git-servers/open-source.ts';
import { flush, pktLine } from '../../../support/git-servers/packs.ts';
import { expectFiles, headOf, never, reading } from '../../../support/git-servers/read-source.ts';

let git: GitServer;
beforeAll(async () => {
  git = await startGitServer();
});
afterAll(() => git.stop());

async function withFront(
  speaks: 'v2' | 'v2-without-filter' | 'v0',
  work: (front: Front, open: (url: string) => Source) => Promise<void>,
): Promise<void> {
  const front = await startFront({ target: git, speaks });
  const opened: Source[] = [];
  try {
    await work(front, (url) => {
      const source = openSource(url.replace(git.url, front.url));
      opened.push(source);
      return source;
    });
  } finally {
    for (const source of opened) source.close();
    await front.stop();
  }
}

test.each(['v2-without-filter', 'v0'] as const)(
  'a server of %s gives the whole in one request',
  async (speaks) => {
    const repository = git.repository(`whole-${speaks}`);
    await repository.commit({ 'shop/a': '1', other: 'x' });
    await withFront(speaks, async (front, open) => {
      const source = open(repository.url);
      const head = await headOf(source);
      expect((await source.read(reading(head), never)).kind).toBe('ok');
      const second = await repository.commit({ 'shop/a': '2' }, { message: 'second' });
      const next = await headOf(source);
      const before = front.seen().length;
      const folder = await source.read({ ...reading(next), published: head.commit }, never);
      expect(front.seen().length - before).toBe(1);
      // The commit before is known from the read before.
      expect(folder).toMatchObject({ subject: 'second', history: { comparison: 'Ahead', ahead: 1 } });
      await expectFiles(source, repository, second);
      // Nothing new is wanted, nothing is asked.
      expect(front.seen().length - before).toBe(2);
    });
  },
);

test('whether a server has learnt to give parts is looked at again after a while', async () => {
  const repository = git.repository('learning');
  await repository.commit({ 'shop/a': '0' });
  await withFront('v2-without-filter', async (front) => {
    const clock = createFakeClock();
    const source = openSource(repository.url.replace(git.url, front.url), { clock });
    const greetings = () => front.seen().filter(({ line }) => line.startsWith('GET ')).length;
    for (const [minutes, wanted] of [
      [0, 1],
      [9, 1],
      [2, 2],
      [9, 2],
      [2, 3],
    ] as const) {
      await clock.advance(minutes * 60_000);
      await expectFiles(source, repository, await repository.commit({ 'shop/a': `${clock.now()}` }));
      expect(greetings()).toBe(wanted);
    }
    source.close();
  });
});

test('a server that refuses objects by their names gives the whole, and is not asked for parts again', async () => {
  const repository = git.repository('refusing');
  const first = await repository.commit({ 'shop/a': '1', 'other/x': 'x' });
  await withFront('v2', async (front, open) => {
    let refused = 0;
    front.misbehave({
      questions: ['pack'],
      async onExchange({ request, response, answer }) {
        const whole = await answer();
        const isByName = request.headers['git-protocol'] === 'version=2' && !asksForCommit(whole.body);
        if (!isByName) return give(response, whole);
        refused += 1;
        const body = Buffer.concat([pktLine('ERR want is not valid\n'), flush]);
        give(response, { ...whole, body });
      },
    });
    const source = open(repository.url);
    await expectFiles(source, repository, first);
    expect(refused).toBe(1);
    for (const round of ['2', '3']) {
      const commit = await repository.commit({ 'shop/a': round });
      await expectFiles(source, repository, commit);
    }
    expect(refused).toBe(1);
  });
});

test('a server that has given parts and refuses one is not well: it is asked again', async () => {
  const repository = git.repository('unwell');
  const first = await repository.commit({ 'shop/a': '1' });
  await withFront('v2', async (front, open) => {
    const source = open(repository.url);
    await expectFiles(source, repository, first);
    const second = await repository.commit({ 'shop/a': '2' });
    const head = await headOf(source);
    let packs = 0;
    front.misbehave({
      questions: ['pack'],
      async onExchange({ response, answer }) {
        const whole = await answer();
        packs += 1;
        // What has changed is given, the file is not.
        const body = Buffer.concat([pktLine('ERR not our ref\n'), flush]);
        give(response, packs === 1 ? whole : { ...whole, body });
      },
    });
    expect(await source.read(reading(head), never)).toMatchObject({
      kind: 'failed',
      class: 'retry',
      reason: 'ServerError',
      message: expect.not.stringContaining('not our ref'),
    });
    front.misbehave(undefined);
    await expectFiles(source, repository, second);
  });
});

/** Of what the server would say: such an answer begins with what the history is cut at, or it has a commit alone. */
function asksForCommit(answer: Buffer): boolean {
  return answer.toString('latin1', 4, 16) === 'shallow-info' || onlyCommit(answer);
}

// First entry of the pack behind its header: type 1.
function onlyCommit(answer: Buffer): boolean {
  const at = answer.indexOf('PACK');
  return at >= 0 && (((answer[at + 12] ?? 0) >> 4) & 7) === 1;
}
