// Every kind of credential is changed while sync runs, on a real API server and real Git servers: what was good until now
// fails with words, the new one is taken without a restart, and what is published stays meanwhile.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { generateAuthority, generateLeaf } from '../../certs/generate.ts';
import { startForwardProxy } from '../../local/git-server/forward-proxy.ts';
import { type GitServer, startGitServer } from '../../local/git-server/server.ts';
import { broken } from '../support/git-servers/broken.ts';
import { startFront } from '../support/git-servers/front.ts';
import { scriptGitHubApi } from '../support/git-servers/github-api.ts';
import { startSshFront } from '../support/git-servers/ssh-front.ts';
import { lookSoon } from '../support/look-soon.ts';
import { appKey, bearer, passphrase, password, sshKey, token, username } from '../support/planted.ts';
import { putSecret } from '../support/secret.ts';
import { conditionOf, useSync } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'confroll-rotation-'));
const operatorFile = join(folder, 'credentials.yaml');
writeFileSync(operatorFile, '[]');
afterAll(() => rmSync(folder, { recursive: true }));
const world = useSync({ headMilliseconds: 5_000, idleMilliseconds: 5_000 }, { operatorFile });

describe.concurrent('what is shown to the server:', () => {
  test.for<[string, Record<string, string>, Record<string, string>, string, string]>([
    [
      'a password',
      { username, password },
      { username, password: `${password}-2` },
      password,
      `${password}-2`,
    ],
    ['a token', { token }, { token: `${token}-2` }, token, `${token}-2`],
    ['a bearer token', { bearerToken: bearer }, { bearerToken: `${bearer}2` }, bearer, `${bearer}2`],
  ])('%s', async ([name, before, after, secret, next], { expect }) => {
    const credentials = (text: string) =>
      'username' in before ? { username, password: text } : { token: text };
    await using git = await own(await startGitServer({ tls: true, credentials: credentials(secret) }));
    const { rotated, putLogin, first } = await followed(git, name, before);
    const good = await first();
    git.setCredentials(credentials(next));
    const refused = await rotated.refused('AuthenticationFailed', /Secret "git-read"/);
    expect(refused.status).toMatchObject({ revision: good.status?.revision, hash: good.status?.hash });
    await putLogin(after);
    await rotated.arrives();
  });

  test('a client certificate', async () => {
    const authority = await generateAuthority('the first authority');
    const [one, two] = await Promise.all(
      ['one.example.com', 'two.example.com'].map((host) => generateLeaf(authority, [host])),
    );
    const leaf = await generateLeaf(authority, ['127.0.0.1']);
    await using git = await own(await startGitServer());
    await using front = await own(
      await startFront({ target: git, tls: { ...leaf, clientCa: authority.certificate } }),
    );
    const { namespace, apply, published, condition, kubectl, kube } = world();
    const repository = git.repository('client');
    const ns = await namespace({ readSecrets: true });
    const put = (pair: { certificate: string; key: string } | undefined): Promise<void> => {
      const data = {
        'ca.crt': authority.certificate,
        'tls.crt': pair?.certificate ?? '',
        'tls.key': pair?.key ?? '',
      };
      return putSecret(kubectl, ns, data, { name: 'cert', host: front.host });
    };
    await put(one);
    const url = repository.url.replace(git.url, front.url);
    const first = await repository.commit({ 'shop/a': '1' });
    await apply(ns, { url, path: 'shop' }, { spec: { source: { certSecretRef: { name: 'cert' } } } });
    const good = await published(ns, first);
    expect(new Set(front.seen().map(({ client }) => client))).toEqual(new Set(['one.example.com']));

    front.misbehave(broken.unlessClient('two.example.com'));
    const second = await repository.commit({ 'shop/a': '2' });
    await lookSoon(kube, ns);
    const refused = await condition(ns, 'Fetched', 'InvalidSource', /client certificate/);
    expect(refused.status).toMatchObject({ revision: good.status?.revision, hash: good.status?.hash });
    await put(two);
    await published(ns, second);
    expect(front.seen().at(-1)?.client).toBe('two.example.com');
  });

  test("a proxy's password", async () => {
    await using git = await own(await startGitServer());
    await using proxy = await own(await startForwardProxy({ credentials: { username, password } }));
    const { namespace, apply, published, condition, kubectl, kube } = world();
    const repository = git.repository('proxied');
    const ns = await namespace({ readSecrets: true });
    const host = new URL(proxy.url).host;
    const put = (text: string): Promise<void> =>
      putSecret(kubectl, ns, { address: proxy.url, username, password: text }, { name: 'proxy', host });
    await put(password);
    const source = { proxySecretRef: { name: 'proxy' } };
    await apply(ns, { url: repository.url, path: 'shop' }, { spec: { source } });
    const good = await published(ns, await repository.commit({ 'shop/a': '1' }));
    proxy.setCredentials({ username, password: `${password}-2` });
    const second = await repository.commit({ 'shop/a': '2' });
    await lookSoon(kube, ns);
    const refused = await condition(ns, 'Fetched', 'AuthenticationFailed', /proxy/);
    expect(refused.status).toMatchObject({ revision: good.status?.revision, hash: good.status?.hash });
    await put(`${password}-2`);
    await published(ns, second);
  });

  test('an SSH key', async () => {
    const [old, young] = [sshKey(), sshKey()];
    const { git } = world();
    await using front = await own(
      await startSshFront({ root: git.root, publicKeys: [old.publicKey], text: 'hello' }),
    );
    const ssh = await followedOverSsh(front.url, front.host, 'key');
    await ssh.put({ identity: old.privateKey, password: passphrase, known_hosts: front.knownHosts });
    await ssh.begin();
    front.allow([young.publicKey]);
    front.dropConnections();
    await ssh.refused('AuthenticationFailed', /Secret "git-read"/);
    await ssh.put({ identity: young.privateKey, password: passphrase, known_hosts: front.knownHosts });
    await ssh.arrives();
  });
});

describe.concurrent('what is made on the way, or kept by the operator:', () => {
  test("a GitHub App's token, then its key", async ({ expect }) => {
    const authority = await generateAuthority('the authority of the tests');
    const [old, young] = [appKey(), appKey()];
    await using git = await own(await startGitServer({ credentials: { token: 'nobody has this one' } }));
    await using front = await own(
      await startFront({ target: git, tls: await generateLeaf(authority, ['127.0.0.1']) }),
    );
    const api = scriptGitHubApi((token) => git.setCredentials({ token }));
    api.useKeys([old.publicKey]);
    front.misbehave(api.answers);
    const { namespace, apply, published, condition, kubectl, read } = world();
    const repository = git.repository('app');
    const ns = await namespace({ readSecrets: true });
    const put = (githubAppPrivateKey: string): Promise<void> => {
      const app = { githubAppID: '1', githubAppInstallationID: '2', githubAppPrivateKey };
      return putSecret(kubectl, ns, { ...app, 'ca.crt': authority.certificate }, { host: front.host });
    };
    await put(old.privateKey);
    const first = await repository.commit({ 'shop/a': '1' });
    const url = repository.url.replace(git.url, front.url);
    await apply(ns, { url, path: 'shop', secret: 'git-read' });
    await published(ns, first);
    expect(api.tokens()).toHaveLength(1);

    // The token is taken back before its time: another one is had at once, and nobody notices.
    git.setCredentials({ token: 'nobody has this one' });
    await published(ns, await repository.commit({ 'shop/a': '2' }));
    expect(api.tokens()).toHaveLength(2);
    expect(conditionOf(await read(ns), 'Fetched')?.status).toBe('True');

    api.useKeys([young.publicKey]);
    git.setCredentials({ token: 'nobody has this one' });
    const third = await repository.commit({ 'shop/a': '3' });
    await condition(ns, 'Fetched', 'AuthenticationFailed', /Secret "git-read"/);
    await put(young.privateKey);
    await published(ns, third);
  });

  test("the operator's directory", async () => {
    await using git = await own(await startGitServer({ tls: true, credentials: { username, password } }));
    const { namespace, apply, published, condition } = world();
    const ns = await namespace();
    const directory = join(folder, 'mounted');
    await mkdir(directory);
    let round = 0;
    // As Kubernetes replaces the files of a mount: all at once, by turning a link.
    const mount = async (text: string): Promise<void> => {
      round += 1;
      const data = join(directory, `..${round}`);
      await mkdir(data);
      const files = { username, password: text, 'ca.crt': git.caCertificate ?? '' };
      for (const [name, content] of Object.entries(files)) {
        await writeFile(join(data, name), content);
        if (round === 1) await symlink(join('..data', name), join(directory, name));
      }
      await symlink(`..${round}`, join(directory, '..data_tmp'));
      await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    };
    await mount(password);
    const host = new URL(git.url).host;
    await writeFile(operatorFile, JSON.stringify([{ host, namespaces: [ns], directory }]));
    const repository = git.repository('operated');
    const first = await repository.commit({ 'shop/a': '1' });
    await apply(ns, { url: repository.url, path: 'shop' });
    await published(ns, first);
    git.setCredentials({ username, password: `${password}-2` });
    const second = await repository.commit({ 'shop/a': '2' });
    await condition(ns, 'Fetched', 'AuthenticationFailed', /operator/);
    await mount(`${password}-2`);
    await published(ns, second);
    // Nobody else gets it.
    const other = await namespace();
    await apply(other, { url: repository.url, path: 'shop' });
    await condition(other, 'Fetched', 'NotTrusted', /authority/);
  });
});

describe.concurrent('whom of the servers is trusted:', () => {
  test('an authority', async () => {
    const [before, after] = [await generateAuthority('before'), await generateAuthority('after')];
    await using git = await own(await startGitServer());
    await using front = await own(
      await startFront({ target: git, tls: await generateLeaf(before, ['127.0.0.1']) }),
    );
    const { namespace, apply, published, condition, kubectl } = world();
    const repository = git.repository('authority');
    const ns = await namespace({ readSecrets: true });
    const put = (ca: string): Promise<void> =>
      putSecret(kubectl, ns, { 'ca.crt': ca }, { name: 'cert', host: front.host });
    await put(before.certificate);
    const url = repository.url.replace(git.url, front.url);
    const first = await repository.commit({ 'shop/a': '1' });
    await apply(ns, { url, path: 'shop' }, { spec: { source: { certSecretRef: { name: 'cert' } } } });
    await published(ns, first);
    front.useCertificate(await generateLeaf(after, ['127.0.0.1']));
    front.dropConnections();
    const second = await repository.commit({ 'shop/a': '2' });
    await condition(ns, 'Fetched', 'NotTrusted', /ca\.crt.*Secret "cert"/);
    // Both, as one does it where nothing may fail in between.
    await put(`${before.certificate}\n${after.certificate}`);
    await published(ns, second);
  });

  test('a host key that is added, then one that is removed', async () => {
    const key = sshKey();
    const { git } = world();
    await using front = await own(
      await startSshFront({ root: git.root, publicKeys: [key.publicKey], text: 'hello' }),
    );
    const ssh = await followedOverSsh(front.url, front.host, 'host-key');
    const identity = { identity: key.privateKey, password: passphrase };
    await ssh.put({ ...identity, known_hosts: front.knownHosts });
    await ssh.begin();
    const line = front.changeHostKey();
    const refused = await ssh.refused('HostKeyMismatch', /SHA256:.*SHA256:/s);
    expect(conditionOf(refused, 'Fetched')?.message).toMatch(/known_hosts/);
    await ssh.put({ ...identity, known_hosts: `${front.knownHosts}${line}` });
    await ssh.arrives();
    // Nobody is trusted any more who shows the key that was taken out.
    await ssh.put({ ...identity, known_hosts: front.knownHosts });
    await ssh.refused('HostKeyMismatch', /./);
    await ssh.put({ ...identity, known_hosts: line });
    await ssh.arrives();
  });
});

/** A GitConfig that follows a repository of that server, with a login from a Secret. */
async function followed(git: GitServer, name: string, login: Readonly<Record<string, string>>) {
  const { namespace, apply, published, condition, kubectl, kube } = world();
  const repository = git.repository(name.replaceAll(' ', '-'));
  const host = new URL(git.url).host;
  const ns = await namespace({ readSecrets: true });
  const putLogin = (data: Readonly<Record<string, string>>): Promise<void> =>
    putSecret(kubectl, ns, { ...data, 'ca.crt': git.caCertificate ?? '' }, { host });
  await putLogin(login);
  await apply(ns, { url: repository.url, path: 'shop', secret: 'git-read' });
  let last = await repository.commit({ 'shop/a': '1' });
  return {
    putLogin,
    first: () => published(ns, last),
    rotated: {
      refused: async (reason: string, words: RegExp) => {
        last = await repository.commit({ 'shop/a': '2' });
        await lookSoon(kube, ns);
        return condition(ns, 'Fetched', reason, words);
      },
      async arrives() {
        await lookSoon(kube, ns);
        return published(ns, last);
      },
    },
  };
}

/** The same over SSH, of a repository of the world's own server. */
async function followedOverSsh(url: string, host: string, name: string) {
  const { git, namespace, apply, published, condition, kubectl, kube } = world();
  const repository = git.repository(`ssh/${name}`);
  const ns = await namespace({ readSecrets: true });
  let round = 0;
  const push = (): Promise<string> => {
    round += 1;
    return repository.commit({ 'shop/a': String(round) });
  };
  return {
    put: (data: Readonly<Record<string, string>>) => putSecret(kubectl, ns, data, { host }),
    async begin() {
      const first = await push();
      await apply(ns, { url: `${url}/${repository.name}.git`, path: 'shop', secret: 'git-read' });
      await published(ns, first);
    },
    async refused(reason: string, words: RegExp) {
      await push();
      await lookSoon(kube, ns);
      return condition(ns, 'Fetched', reason, words);
    },
    async arrives() {
      const commit = await push();
      await lookSoon(kube, ns);
      return published(ns, commit);
    },
  };
}

async function own<T extends { stop(): Promise<void> }>(server: T): Promise<T & AsyncDisposable> {
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.stop() });
}
