// Servers whose list of refs has no end: it is cut off at the smaller of two limits, whatever carries it.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Repository } from '../../../local/git-server/repository.ts';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import type { GitLimits } from '../../../src/sync/git/limits.ts';
import type { Source } from '../../../src/sync/source.ts';
import { broken, serverText } from '../../support/git-servers/broken.ts';
import { startFront } from '../../support/git-servers/front.ts';
import { openSource } from '../../support/git-servers/open-source.ts';
import { expectFiles, failed, looked } from '../../support/git-servers/read-source.ts';
import { startSshFront } from '../../support/git-servers/ssh-front.ts';
import { passphrase, sshKey } from '../../support/planted.ts';

const mebibyte = 1024 * 1024;
const user = sshKey();
let git: GitServer;
let repository: Repository;
let commit: string;

beforeAll(async () => {
  git = await startGitServer();
  repository = git.repository('team/config');
  commit = await repository.commit({ 'shop/a': '1' });
});
afterAll(() => git.stop());

// Nobody's patience is at stake here. What is taken ends with the piece that goes over the limit.
const cases: readonly (readonly [Partial<GitLimits>, words: RegExp, atMost: number])[] = [
  [{}, /answered with more than 12 MiB .*: delete branches and tags/, 13 * mebibyte],
  [{ answerBytes: mebibyte }, /answered with more than 1 MiB/, 2 * mebibyte],
  [{ refsBytes: mebibyte }, /answered with more than 1 MiB .*: delete branches and tags/, 2 * mebibyte],
];

describe.each(['v2', 'v0'] as const)('%s', (speaks) => {
  test.each(cases)('over HTTP, %j', async (limits, words, atMost) => {
    const front = await startFront({ target: git, speaks });
    onTestFinished(() => front.stop());
    let received = 0;
    const source = openSource(repository.url.replace(git.url, front.url), {
      limits,
      onBytes: (bytes) => {
        received += bytes;
      },
    });
    front.misbehave(broken.endlessRefs());
    await expectCutOff(source, words);
    expect(received).toBeLessThan(atMost);
    front.misbehave(undefined);
    await expectFiles(source, repository, commit);
    source.close();
  });

  test.each(cases)('over SSH, %j', async (limits, words, atMost) => {
    const front = await startSshFront({
      root: git.root,
      publicKeys: [user.publicKey],
      text: serverText,
      speaks,
    });
    onTestFinished(() => front.stop());
    const { privateKey } = user;
    let received = 0;
    const source = openSource(`${front.url}/${repository.name}.git`, {
      limits,
      login: { kind: 'ssh', privateKey, passphrase, knownHosts: front.knownHosts },
      onBytes: (bytes) => {
        received += bytes;
      },
    });
    front.misbehave('pours refs');
    await expectCutOff(source, words);
    expect(received).toBeLessThan(atMost);
    front.misbehave(undefined);
    await expectFiles(source, repository, commit);
    source.close();
  });
});

async function expectCutOff(source: Source, words: RegExp): Promise<void> {
  const failure = failed(await looked(source));
  expect(failure).toMatchObject({
    class: 'person',
    reason: 'TooLarge',
    message: expect.stringMatching(words),
  });
}
