// SSH servers on a bad day, as the table over HTTP has it: what each failure is called and said to be, that nothing
// secret is in it, that nothing is kept of it, and that all is well again when the server is.
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import type { GitLimits } from '../../../src/sync/git/limits.ts';
import type { FailureClass, FetchReason } from '../../../src/sync/source.ts';
import { eventually } from '../../support/eventually.ts';
import { serverText } from '../../support/git-servers/broken.ts';
import { openSource } from '../../support/git-servers/open-source.ts';
import {
  expectFiles,
  failed,
  headOf,
  looked,
  never,
  reading,
} from '../../support/git-servers/read-source.ts';
import { type SshMisbehaviour, startSshFront } from '../../support/git-servers/ssh-front.ts';
import { foundIn, passphrase, plantedPem, plantedText, sshKey } from '../../support/planted.ts';
import { activeResources, moreThan } from '../../support/resources.ts';

const limits: Partial<GitLimits> = {
  connectMilliseconds: 3_000,
  headMilliseconds: 3_000,
  idleMilliseconds: 3_000,
  overallMilliseconds: 15_000,
  readMilliseconds: 30_000,
};
const user = sshKey();
const secrets = [
  plantedText('passphrase', passphrase),
  plantedPem('SSH key', user.privateKey),
  plantedText('words of the server', serverText),
];

let git: GitServer;
let before: ReadonlyMap<string, number>;
beforeAll(async () => {
  git = await startGitServer();
  before = activeResources();
});
afterAll(() => git.stop());

type Row = {
  readonly is: SshMisbehaviour;
  readonly at: 'resolve' | 'read';
  readonly class: FailureClass;
  readonly reason: FetchReason;
  readonly words: RegExp;
};

const rows: readonly Row[] = [
  { is: 'silent', at: 'resolve', class: 'retry', reason: 'Timeout', words: /within 3 s/ },
  { is: 'resets', at: 'resolve', class: 'retry', reason: 'Unreachable', words: /cut|reset|closed/ },
  {
    is: 'changed key',
    at: 'resolve',
    class: 'person',
    reason: 'HostKeyMismatch',
    words: /SHA256:[\s\S]*SHA256:[\s\S]*known_hosts/,
  },
  { is: 'refuses the key', at: 'resolve', class: 'person', reason: 'AuthenticationFailed', words: /key/ },
  {
    is: 'refuses the command',
    at: 'resolve',
    class: 'retry',
    reason: 'ServerError',
    words: /runs no command/,
  },
  { is: 'closes the channel', at: 'resolve', class: 'retry', reason: 'ServerError', words: /closed|ended/ },
  {
    is: 'closes the channel in the pack',
    at: 'read',
    class: 'retry',
    reason: 'ServerError',
    words: /before its answer was whole/,
  },
  {
    is: 'drops the connection in the pack',
    at: 'read',
    class: 'retry',
    reason: 'Unreachable',
    words: /cut|closed/,
  },
  {
    is: 'says nothing on the channel',
    at: 'resolve',
    class: 'retry',
    reason: 'Timeout',
    words: /within 3 s/,
  },
  { is: 'fails', at: 'resolve', class: 'retry', reason: 'ServerError', words: /exit code 128/ },
];

describe.concurrent('an sshd that', () => {
  test.for(rows)('$is', async (row, { expect }) => {
    const repository = git.repository(`ssh/${row.is.replaceAll(' ', '-')}`);
    const first = await repository.commit({ 'shop/a': '1', 'shop/deep/b': 'first', other: 'x' });
    const front = await startSshFront({ root: git.root, publicKeys: [user.publicKey], text: serverText });
    const url = `${front.url}/${repository.name}.git`;
    const { privateKey } = user;
    const login = { kind: 'ssh', privateKey, passphrase, knownHosts: front.knownHosts } as const;
    const source = openSource(url, { limits, login });
    try {
      await expectFiles(source, repository, first);
      const second = await repository.commit({ 'shop/a': '2', 'shop/deep/b': 'second' });
      const seen = row.at === 'read' ? await headOf(source) : undefined;
      front.misbehave(row.is);
      if (row.at === 'resolve') front.dropConnections();

      const answer = row.at === 'read' ? await source.read(reading(seen), never) : await looked(source);
      const failure = failed(answer);
      expect(failure).toMatchObject({
        class: row.class,
        reason: row.reason,
        message: expect.stringMatching(row.words),
      });
      expect(failure.message).toContain(url);
      expect(foundIn(JSON.stringify(failure), secrets)).toEqual([]);

      front.misbehave(undefined);
      await expectFiles(source, repository, second);
      source.close();
      await eventually(() => front.connections() === 0, { what: 'every connection closed' });
    } finally {
      source.close();
      await front.stop();
    }
  });
});

test('nothing is kept of all these servers: no socket, no timer, no process', async () => {
  await eventually(
    () => {
      const more = moreThan(before);
      if (more.length === 0) return true;
      throw new Error(JSON.stringify(more));
    },
    { what: 'nothing more than before' },
  );
});
