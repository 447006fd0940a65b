// SSH servers on a bad day, as the table over HTTP has it: what each failure is called and said to be, that nothing
// secret is in it, that nothing is kept of it, and that all is well again when the server is.
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import {
  expectRecovery,
  type Failing,
  failing,
  impatient,
  nothingKept,
} from '../../support/git-servers/bad-day.ts';
import { serverText } from '../../support/git-servers/broken.ts';
import { openSource } from '../../support/git-servers/open-source.ts';
import { expectFiles, headOf } from '../../support/git-servers/read-source.ts';
import { type SshMisbehaviour, startSshFront } from '../../support/git-servers/ssh-front.ts';
import { foundIn, passphrase, plantedPem, plantedText, sshKey } from '../../support/planted.ts';
import { activeResources } from '../../support/resources.ts';

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

type Row = Failing & { readonly is: SshMisbehaviour };

const rows: readonly Row[] = [
  { is: 'silent', at: 'resolve', class: 'retry', reason: 'Timeout', words: /within 3 s/ },
  { is: 'resets', at: 'resolve', class: 'retry', reason: 'Unreachable', words: /cut|reset|closed/ },
  {
    is: 'resets in the handshake',
    at: 'resolve',
    class: 'retry',
    reason: 'Unreachable',
    words: /cut|reset|closed/,
  },
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
  { is: 'stops in the pack', at: 'read', class: 'retry', reason: 'Timeout', words: /within 3 s|fewer than/ },
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
    const source = openSource(url, { limits: impatient, login });
    try {
      if (row.at === 'read') await expectFiles(source, repository, first);
      else await headOf(source);
      const second = await repository.commit({ 'shop/a': '2', 'shop/deep/b': 'second' });
      const failure = await failing(source, row, () => {
        front.misbehave(row.is);
        if (row.at === 'resolve') front.dropConnections();
      });
      expect(failure.message).toContain(url);
      expect(foundIn(JSON.stringify(failure), secrets)).toEqual([]);

      front.misbehave(undefined);
      await expectRecovery(source, front, repository, second);
    } finally {
      source.close();
      await front.stop();
    }
  });
});

test('nothing is kept of all these servers: no socket, no timer, no process', async () => {
  await nothingKept(before);
});
