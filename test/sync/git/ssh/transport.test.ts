// Against a real OpenSSH server with the real git-upload-pack behind it.
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { missingSshServer, type SshGitServer, startSshGitServer } from '../../../../local/git-server/ssh.ts';
import { makeSshKey, type SshKey, type SshKeyOptions } from '../../../../local/git-server/ssh-keys.ts';
import { pktLine } from '../../../../src/sync/git/pkt-line.ts';
import { eventually } from '../../../support/eventually.ts';
import {
  type At,
  capabilitiesOf,
  failureOf,
  fetchOf,
  lsRefs,
  patience,
  refsOf,
  transportTo,
} from './reading.ts';

let missing: string | undefined;
let key: SshKey;
let server: SshGitServer;
let url: string;
let commit: string;

beforeAll(async () => {
  missing = await missingSshServer(AbortSignal.timeout(280_000));
  if (missing !== undefined) return;
  key = makeSshKey();
  server = await startSshGitServer({ authorizedKeys: [key.publicKey] });
  const repository = server.repository('team/config');
  url = repository.url;
  commit = await repository.commit({ 'app/a.txt': 'hello\n' });
  return () => server.stop();
});

beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

afterEach(async () => {
  if (missing === undefined) server.setAuthorizedKeys([key.publicKey]);
});

const here = (changes: Partial<At> = {}): At => ({
  url,
  privateKey: key.privateKey,
  knownHosts: server.knownHosts(),
  ...changes,
});

describe('a conversation', () => {
  test('of version 2 asks for refs and fetches, one after the other', async () => {
    using transport = transportTo(here());
    const conversation = await transport.open('v2', patience());
    expect(capabilitiesOf(conversation).join('\n')).toMatch(/^fetch=.*filter/m);
    const refs = await conversation.send({ body: lsRefs }, patience());
    expect(refs.toString()).toContain(`${commit} refs/heads/main`);
    const seen: number[] = [];
    const pack = await conversation.send(
      { body: fetchOf(commit), onBytes: (bytes) => seen.push(bytes) },
      patience(),
    );
    expect(pack.includes('packfile\n')).toBe(true);
    expect(pack.includes('PACK')).toBe(true);
    expect(pack.subarray(-4).toString()).toBe('0000');
    expect(seen.at(-1)).toBe(pack.length);
    conversation.end();
    conversation.end();
    await expect(conversation.send({ body: lsRefs }, patience())).rejects.toThrow(/cannot be reached/);
  });

  test('of version 0 leaves the list of refs out', async () => {
    using transport = transportTo(here());
    const conversation = await transport.open('v0', patience());
    expect(conversation.greeting).toEqual({ protocol: 'v0', lines: [] });
    const body = `${pktLine(`want ${commit} side-band-64k ofs-delta\n`)}${pktLine('deepen 1\n')}0000${pktLine('done\n')}`;
    const answer = await conversation.send({ body: Buffer.from(body) }, patience());
    expect(answer.toString('latin1', 0, 60)).toContain(`shallow ${commit}`);
    expect(answer.includes('PACK')).toBe(true);
    expect(answer.includes('refs/heads/main')).toBe(false);
  });

  test('with a server that does not let version 2 be asked for begins with the list of refs', async () => {
    await server.restart({ version2: false });
    onTestFinished(() => server.restart({ version2: true }));
    using transport = transportTo(here());
    const { greeting, end } = await transport.open('v2', patience());
    end();
    if (greeting.protocol !== 'v0') throw new Error('it spoke version 2');
    const lines = greeting.lines.map((line) => line.toString('utf8'));
    expect(lines[0]).toContain(`${commit} HEAD\0`);
    expect(lines).toContain(`${commit} refs/heads/main\n`);
  });

  test('with an empty repository has no refs', async () => {
    using transport = transportTo(here({ url: server.repository('empty').url }));
    expect(await refsOf(transport)).toBe('0000');
  });

  test('names the repository in quotes, whatever its name', async () => {
    const name = 'it\'s; echo $(id) `id` \\ "here".git';
    symlinkSync(server.repository('team/config').directory, join(server.root, name));
    using transport = transportTo(here({ url: `${server.url}/${encodeURIComponent(name)}` }));
    expect(await refsOf(transport)).toContain(commit);
  });

  test('with a repository that is not there says so', async () => {
    using transport = transportTo(here({ url: `${server.url}/nowhere.git` }));
    expect(await failureOf(refsOf(transport))).toEqual({
      kind: 'failed',
      class: 'person',
      reason: 'InvalidSource',
      about: 'login',
      of: 'repository',
      message: expect.stringContaining(`there is no repository at ${server.url}/nowhere.git`),
    });
  });

  test('tells an error of the protocol to whoever asked', async () => {
    using transport = transportTo(here());
    const conversation = await transport.open('v2', patience());
    const answer = await conversation.send({ body: fetchOf('1'.repeat(40)) }, patience());
    expect(answer.toString()).toMatch(/ERR upload-pack: not our ref/);
    conversation.end();
  });
});

describe('a connection', () => {
  test('is shared by conversations, at the same time too', async () => {
    const before = server.logins();
    using transport = transportTo(here());
    const answers = await Promise.all([refsOf(transport), refsOf(transport), refsOf(transport)]);
    for (const answer of answers) expect(answer).toContain(commit);
    await refsOf(transport);
    await eventually(() => server.logins() > before, { what: 'the word of the login' });
    expect(server.logins()).toBe(before + 1);
  });

  test('that died unseen is opened anew', async () => {
    using transport = transportTo(here());
    await refsOf(transport);
    await server.disconnect();
    expect(await refsOf(transport)).toContain(commit);
    await server.restart({});
    expect(await refsOf(transport)).toContain(commit);
  });

  test('ends when nobody has used it for a while, and with close', async () => {
    const sockets = openSockets();
    using transport = transportTo(here({ idleMilliseconds: 200 }));
    await refsOf(transport);
    await eventually(() => openSockets() === sockets, { what: 'the end of the idle connection' });
    const conversation = await transport.open('v2', patience());
    transport.close();
    await eventually(() => openSockets() === sockets, { what: 'the end of the closed connection' });
    await failureOf(conversation.send({ body: lsRefs }, patience()));
    expect(await refsOf(transport)).toContain(commit);
  });

  test('is ended when the only one who waits for it goes away', async () => {
    const sockets = openSockets();
    using transport = transportTo(here());
    const going = new AbortController();
    const opening = transport.open('v2', going.signal);
    going.abort(new Error('gone'));
    await expect(opening).rejects.toThrow('gone');
    await eventually(() => openSockets() === sockets, { what: 'the end of the connection' });
  });
});

describe('a login', () => {
  const kinds: readonly SshKeyOptions[] = [
    { type: 'ed25519' },
    { type: 'ed25519', passphrase: 'planted passphrase' },
    { type: 'ecdsa', bits: 256 },
    { type: 'ecdsa', bits: 384 },
    { type: 'ecdsa', bits: 521, format: 'PEM' },
    { type: 'rsa', bits: 2048 },
    { type: 'rsa', bits: 3072, format: 'PEM', passphrase: 'planted passphrase' },
    { type: 'rsa', bits: 2048, format: 'PKCS8', passphrase: 'planted passphrase' },
  ];
  test.for(kinds.map((kind) => [Object.values(kind).join(' '), kind] as const))('by %s', async ([, kind]) => {
    const own = makeSshKey(kind);
    server.setAuthorizedKeys([own.publicKey]);
    const { passphrase } = kind;
    using transport = transportTo(
      here({ privateKey: own.privateKey, ...(passphrase === undefined ? {} : { passphrase }) }),
    );
    expect(await refsOf(transport)).toContain(commit);
  });

  test('by a key that is not let in is refused in words', async () => {
    using transport = transportTo(here({ privateKey: makeSshKey({ type: 'rsa', bits: 2048 }).privateKey }));
    expect(await failureOf(refsOf(transport))).toMatchObject({
      class: 'person',
      reason: 'AuthenticationFailed',
      about: 'login',
      message: expect.stringContaining(`refused the key of user "${server.user}"`),
    });
    await eventually(() => openSockets() === 0, { what: 'the end of the connection' });
  });

  test('by an unusable key is refused before anything is dialled', async () => {
    const { privateKey } = makeSshKey({ passphrase: 'planted passphrase' });
    using transport = transportTo(here({ url: 'ssh://git@127.0.0.1:9/x.git', privateKey }));
    expect(await failureOf(refsOf(transport))).toMatchObject({ reason: 'SecretInvalid', about: 'login' });
  });

  test('that is let in again after a refusal works', async () => {
    server.setAuthorizedKeys([]);
    using transport = transportTo(here());
    expect(await failureOf(refsOf(transport))).toMatchObject({ reason: 'AuthenticationFailed' });
    server.setAuthorizedKeys([key.publicKey]);
    expect(await refsOf(transport)).toContain(commit);
  });
});

describe('a host key', () => {
  test('that has changed is refused with both fingerprints, until known_hosts has the new one', async () => {
    const before = server.knownHosts();
    const next = makeSshKey();
    await server.restart({ hostKeys: [next] });
    using transport = transportTo(here({ knownHosts: before }));
    const logins = server.logins();
    const failure = await failureOf(refsOf(transport));
    expect(failure).toMatchObject({ class: 'person', reason: 'HostKeyMismatch', about: 'login' });
    expect(failure.message).toContain(`${next.fingerprint} (ssh-ed25519), expected is SHA256:`);
    expect(failure.message).toContain(`ssh-keyscan -p ${server.port} 127.0.0.1`);
    expect(server.logins()).toBe(logins);
    using mended = transportTo(here({ knownHosts: `${before}${server.knownHosts()}` }));
    expect(await refsOf(mended)).toContain(commit);
  });

  test.for(['ed25519', 'ecdsa', 'rsa'] as const)(
    'of a server with several is the known one: %s',
    async (type) => {
      const keys = [
        makeSshKey({ type: 'ed25519' }),
        makeSshKey({ type: 'ecdsa' }),
        makeSshKey({ type: 'rsa' }),
      ];
      await server.restart({ hostKeys: keys });
      const known = keys[['ed25519', 'ecdsa', 'rsa'].indexOf(type)];
      using transport = transportTo(here({ knownHosts: `[127.0.0.1]:${server.port} ${known?.publicKey}` }));
      expect(await refsOf(transport)).toContain(commit);
    },
  );

  test('of another type than the known one is refused by its fingerprint', async () => {
    const [known, shown] = [makeSshKey({ type: 'rsa' }), makeSshKey({ type: 'ed25519' })];
    await server.restart({ hostKeys: [shown] });
    using transport = transportTo(here({ knownHosts: `[127.0.0.1]:${server.port} ${known.publicKey}` }));
    const { reason, message } = await failureOf(refsOf(transport));
    expect(reason).toBe('HostKeyMismatch');
    expect(message).toContain(
      `${shown.fingerprint} (ssh-ed25519), expected is ${known.fingerprint} (ssh-rsa)`,
    );
  });

  test('that is revoked is refused, though it is known', async () => {
    const [line = ''] = server.knownHosts().split('\n');
    using transport = transportTo(here({ knownHosts: `${line}\n@revoked * ${line.replace(/^\S+ /, '')}` }));
    const { reason, message } = await failureOf(refsOf(transport));
    expect(reason).toBe('HostKeyMismatch');
    expect(message).toContain('marks as @revoked');
  });

  test.for([
    ['no known_hosts', undefined],
    ['a line for port 22', (lines: string) => lines.replaceAll(/^\S+/gm, '127.0.0.1')],
    ['a certificate authority', (lines: string) => `@cert-authority ${lines}`],
  ] as const)('of an unknown host is refused with what to add: %s', async ([, change]) => {
    const lines = server.knownHosts().split('\n')[0] ?? '';
    using transport = transportTo({
      url,
      privateKey: key.privateKey,
      ...(change === undefined ? {} : { knownHosts: change(lines) }),
    });
    const { reason, message } = await failureOf(refsOf(transport));
    expect(reason).toBe('HostKeyMismatch');
    expect(message).toContain(`known_hosts has no key for [127.0.0.1]:${server.port}`);
    expect(message).toMatch(/It shows the host key SHA256:/);
    expect(message.includes('line 1 is about a certificate authority')).toBe(
      change?.('x') === '@cert-authority x',
    );
  });
});

// Of this process; the server's are in others.
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((each) => each === 'TCPSocketWrap').length;
}
