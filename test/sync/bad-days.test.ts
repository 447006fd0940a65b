// Every kind of credential with servers that fail, through the whole of sync on a real API server: last good is kept,
// sync recovers by itself, and no secret shows anywhere. And somebody else's Secret is shown to nobody. One file, because
// the search for secrets at its end is through all that sync has said meanwhile.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateAuthority, generateLeaf, type KeyPair } from '../../certs/generate.ts';
import { type ForwardProxy, startForwardProxy } from '../../local/git-server/forward-proxy.ts';
import { type GitServer, startGitServer } from '../../local/git-server/server.ts';
import { eventually } from '../support/eventually.ts';
import { broken, serverText } from '../support/git-servers/broken.ts';
import { type Front, type Misbehaviour, startFront } from '../support/git-servers/front.ts';
import { type GitHubApi, scriptGitHubApi } from '../support/git-servers/github-api.ts';
import { type SshMisbehaviour, startSshFront } from '../support/git-servers/ssh-front.ts';
import { lookSoon } from '../support/look-soon.ts';
import {
  appKey,
  bearer,
  foundIn,
  passphrase,
  password,
  plantedPem,
  plantedText,
  proxyPassword,
  sshKey,
  token,
  username,
} from '../support/planted.ts';
import { putSecret } from '../support/secret.ts';
import { testSize } from '../support/size.ts';
import { conditionOf, useSync } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'confroll-bad-days-'));
const operatorFile = join(folder, 'credentials.yaml');
writeFileSync(operatorFile, '[]');
afterAll(() => rmSync(folder, { recursive: true }));
const world = useSync(
  {
    connectMilliseconds: 3_000,
    headMilliseconds: 3_000,
    idleMilliseconds: 3_000,
    overallMilliseconds: 10_000,
  },
  { operatorFile },
);
const user = sshKey();
const app = appKey();
const apis: GitHubApi[] = [];
const urlPassword = 'planted-in-the-address';
const operatorPassword = "planted-with/the+operator's";

let authority: KeyPair;
let client: KeyPair;
let leaf: KeyPair;
let unknown: KeyPair;
let expired: KeyPair;
let ofAnother: KeyPair;
let elsewhere: Front;
let proxy: ForwardProxy;
const gits = new Map<Login, GitServer>();

beforeAll(async () => {
  authority = await generateAuthority('the authority of the tests');
  client = await generateLeaf(authority, ['client.example.com']);
  leaf = await generateLeaf(authority, ['127.0.0.1']);
  unknown = await generateLeaf(await generateAuthority('an authority that nobody knows'), ['127.0.0.1']);
  expired = await generateLeaf(authority, ['127.0.0.1'], { now: Date.now() - 90 * 86_400_000 });
  ofAnother = await generateLeaf(authority, ['git.example.com']);
  gits.set('basic', await startGitServer({ credentials: { username, password } }));
  gits.set('token', await startGitServer({ credentials: { token } }));
  gits.set('bearer', await startGitServer({ credentials: { token: bearer } }));
  gits.set('operator', await startGitServer({ credentials: { username, password: operatorPassword } }));
  elsewhere = await startFront({ target: gitOf('basic') });
  proxy = await startForwardProxy({ credentials: { username, password: proxyPassword } });
});
afterAll(async () => {
  await proxy.stop();
  await elsewhere.stop();
  for (const git of gits.values()) await git.stop();
});

type Login = 'basic' | 'token' | 'bearer' | 'operator';
/** What the server does from now on, or the certificate that it shows. */
type Fault = Misbehaviour | KeyPair;
type Row = readonly [name: string, login: Login, fault: () => Fault, reason: string];

// One row for each way of failing that is told apart, with the kinds of credentials in turn.
const everyRow: readonly Row[] = [
  ['one byte a second', 'basic', broken.oneByteASecond, 'Timeout'],
  ['no answer', 'token', broken.neverAnswers, 'Timeout'],
  ['a slow first byte', 'bearer', () => broken.slowFirstByte(20_000), 'Timeout'],
  ['an unknown authority', 'basic', () => unknown, 'NotTrusted'],
  ['an expired certificate', 'token', () => expired, 'NotTrusted'],
  ['a certificate for another name', 'bearer', () => ofAnother, 'NotTrusted'],
  ['a huge object', 'bearer', broken.hugeObject, 'TooLarge'],
  ['a cut in the pack', 'bearer', broken.cutInPack, 'Unreachable'],
  ['an empty pack', 'basic', broken.emptyPack, 'ServerError'],
  ['a garbage pack', 'basic', broken.garbagePack, 'ServerError'],
  ['another object', 'token', broken.wrongObject, 'ServerError'],
  ['an ERR line', 'bearer', broken.errLine, 'ServerError'],
  ['a web page', 'token', broken.notGit, 'ServerError'],
  ['an error in the side band', 'basic', broken.sideBandError, 'ServerError'],
  ['dumb HTTP', 'bearer', broken.dumbHttp, 'InvalidSource'],
  ['another host', 'basic', () => broken.redirect(elsewhere.url), 'InvalidSource'],
  ['a circle of redirects', 'token', broken.redirectLoop, 'InvalidSource'],
  ['404', 'basic', () => broken.status(404), 'InvalidSource'],
  ['401', 'operator', () => broken.status(401), 'AuthenticationFailed'],
  ['403', 'bearer', () => broken.status(403), 'AuthenticationFailed'],
  ['429', 'token', () => broken.status(429, '1'), 'ServerError'],
  ['503', 'token', () => broken.status(503, '1'), 'ServerError'],
  ['502', 'bearer', () => broken.status(502), 'ServerError'],
  ['a reset', 'basic', broken.resetInBody, 'Unreachable'],
];

const everySshRow: readonly (readonly [SshMisbehaviour, string])[] = [
  ['changed key', 'HostKeyMismatch'],
  ['silent', 'Timeout'],
  ['closes the channel in the pack', 'ServerError'],
  ['refuses the key', 'AuthenticationFailed'],
  ['resets', 'Unreachable'],
  ['refuses the command', 'ServerError'],
  ['closes the channel', 'ServerError'],
  ['drops the connection in the pack', 'Unreachable'],
  ['says nothing on the channel', 'Timeout'],
  ['fails', 'ServerError'],
];
// All of them are in the tables of test/sync/git/ as well; here each waits for the API server several times.
const rows = testSize({ usual: everyRow.filter((_, index) => index % 3 === 0), full: everyRow });
const sshRows = testSize({ usual: everySshRow.slice(0, 4), full: everySshRow });

describe.concurrent('last good is kept, and all is well again when the server is, after', () => {
  test.for(rows)('%s', async ([name, login, fault, reason], { expect }) => {
    const { namespace, apply, published, condition, snapshots, kubectl, kube } = world();
    const git = gitOf(login);
    const repository = git.repository(name.replaceAll(/\W+/g, '-'));
    const first = await repository.commit({ 'shop/a': '1' });
    await using front = disposable(
      await startFront({ target: git, tls: { ...leaf, clientCa: authority.certificate } }),
    );
    const ns = await namespace({ readSecrets: true });
    const cert = { 'ca.crt': authority.certificate, 'tls.crt': client.certificate, 'tls.key': client.key };
    const url = repository.url.replace(git.url, front.url);
    if (login === 'operator') {
      await keepForOperator(front.host, ns, { username, password: operatorPassword, ...cert });
      await apply(ns, { url, path: 'shop' });
    } else {
      await putSecret(kubectl, ns, secretOf(login), { host: front.host });
      await putSecret(kubectl, ns, cert, { name: 'cert', host: front.host });
      const proxied = { address: proxy.url, username, password: proxyPassword };
      await putSecret(kubectl, ns, proxied, { name: 'proxy', host: new URL(proxy.url).host });
      const source = { certSecretRef: { name: 'cert' }, proxySecretRef: { name: 'proxy' } };
      await apply(ns, { url, path: 'shop', secret: 'git-read' }, { spec: { source } });
    }
    const good = await published(ns, first);

    begin(front, fault());
    const second = await repository.commit({ 'shop/a': '2' });
    await lookSoon(kube, ns);
    const failed = await condition(ns, 'Fetched', reason);
    expect(failed.status).toMatchObject({ revision: good.status?.revision, hash: good.status?.hash });
    expect(conditionOf(failed, 'Published')).toEqual(conditionOf(good, 'Published'));
    expect(await snapshots(ns)).toHaveLength(1);

    begin(front, leaf);
    front.misbehave(undefined);
    await lookSoon(kube, ns);
    const recovered = await published(ns, second);
    expect(conditionOf(recovered, 'Fetched')?.status).toBe('True');
  });

  test.for(sshRows)('SSH: %s', async ([misbehaviour, reason], { expect }) => {
    const { git, namespace, apply, published, condition, kubectl, kube } = world();
    const repository = git.repository(`ssh/${misbehaviour.replaceAll(' ', '-')}`);
    const first = await repository.commit({ 'shop/a': '1' });
    await using front = disposable(
      await startSshFront({ root: git.root, publicKeys: [user.publicKey], text: serverText }),
    );
    const ns = await namespace({ readSecrets: true });
    const identity = { identity: user.privateKey, password: passphrase, known_hosts: front.knownHosts };
    await putSecret(kubectl, ns, identity, { host: front.host });
    await apply(ns, { url: `${front.url}/${repository.name}.git`, path: 'shop', secret: 'git-read' });
    const good = await published(ns, first);

    front.misbehave(misbehaviour);
    front.dropConnections();
    const second = await repository.commit({ 'shop/a': '2' });
    await lookSoon(kube, ns);
    const failed = await condition(ns, 'Fetched', reason);
    expect(failed.status).toMatchObject({ revision: good.status?.revision, hash: good.status?.hash });

    front.misbehave(undefined);
    front.dropConnections();
    await lookSoon(kube, ns);
    expect(conditionOf(await published(ns, second), 'Fetched')?.status).toBe('True');
  });
});

test('a host that is taken for down', async () => {
  const { namespace, apply, published, condition, kubectl } = world();
  const git = gitOf('basic');
  await using front = disposable(await startFront({ target: git, tls: leaf }));
  const ns = await namespace({ readSecrets: true });
  await putSecret(
    kubectl,
    ns,
    { ...secretOf('basic'), 'ca.crt': authority.certificate },
    { host: front.host },
  );
  const followed = ['one', 'two', 'three'].map((name) => ({
    name,
    repository: git.repository(`down/${name}`),
  }));
  for (const { name, repository } of followed) {
    const first = await repository.commit({ 'shop/a': '1' });
    const url = repository.url.replace(git.url, front.url);
    await apply(ns, { name, url, path: 'shop', secret: 'git-read' });
    await published(ns, first, name);
  }
  begin(front, broken.status(502));
  for (const { name } of followed) await condition(ns, 'Fetched', 'HostUnavailable', /./, name);
  front.misbehave(undefined);
  for (const { name, repository } of followed)
    await published(ns, await repository.commit({ 'shop/a': '2' }), name);
});

describe.concurrent('a GitHub App:', () => {
  test.for<[string, Misbehaviour | undefined, string, RegExp]>([
    ['whose key the API refuses', undefined, 'AuthenticationFailed', /Secret "git-read"/],
    ['whose API fails', broken.status(500), 'ServerError', /HTTP 500/],
    ['whose API answers a web page', broken.notGit(), 'AuthenticationFailed', /githubAppBaseURL/],
  ])('%s', async ([name, fault, reason, words], { expect }) => {
    const { namespace, apply, published, condition, kubectl, kube } = world();
    await using git = disposable(await startGitServer({ credentials: { token: 'of nobody' } }));
    await using front = disposable(await startFront({ target: git, tls: leaf }));
    const api = scriptGitHubApi((given) => git.setCredentials({ token: given }));
    apis.push(api);
    api.useKeys([app.publicKey]);
    front.misbehave(api.answers);
    const repository = git.repository(`app/${name.replaceAll(' ', '-')}`);
    const first = await repository.commit({ 'shop/a': '1' });
    const ns = await namespace({ readSecrets: true });
    const data = { githubAppID: '1', githubAppInstallationID: '2', githubAppPrivateKey: app.privateKey };
    await putSecret(kubectl, ns, { ...data, 'ca.crt': authority.certificate }, { host: front.host });
    const url = repository.url.replace(git.url, front.url);
    await apply(ns, { url, path: 'shop', secret: 'git-read' });
    const good = await published(ns, first);

    git.setCredentials({ token: 'of nobody' });
    if (fault === undefined) api.useKeys([]);
    else api.misbehave(fault);
    const second = await repository.commit({ 'shop/a': '2' });
    await lookSoon(kube, ns);
    const failed = await condition(ns, 'Fetched', reason, words);
    expect(failed.status).toMatchObject({ revision: good.status?.revision, hash: good.status?.hash });

    api.useKeys([app.publicKey]);
    api.misbehave(undefined);
    await lookSoon(kube, ns);
    await published(ns, second);
  });
});

describe.concurrent('a Secret that is wrong in itself shows nothing of it:', () => {
  test.for<[string, Record<string, string>, string, RegExp]>([
    [
      'a passphrase that does not open the key',
      { identity: user.privateKey, password: `${passphrase}!` },
      'SecretInvalid',
      /passphrase/,
    ],
    ['a key that is cut', { identity: user.privateKey.slice(0, 200) }, 'SecretInvalid', /identity/],
    ['a password without a name', { password }, 'SecretInvalid', /password/],
  ])('%s', async ([name, data, reason, words]) => {
    const { git, namespace, apply, condition, kubectl } = world();
    await using front = disposable(
      await startSshFront({ root: git.root, publicKeys: [user.publicKey], text: serverText }),
    );
    const repository = git.repository(`wrong/${name.replaceAll(' ', '-')}`);
    await repository.commit({ 'shop/a': '1' });
    const ns = await namespace({ readSecrets: true });
    await putSecret(kubectl, ns, { known_hosts: front.knownHosts, ...data }, { host: front.host });
    await apply(ns, { url: `${front.url}/${repository.name}.git`, path: 'shop', secret: 'git-read' });
    await condition(ns, 'Fetched', reason, words);
  });
});

describe.concurrent("somebody else's Secret goes to nobody:", () => {
  test.for<[string, string | undefined]>([
    ['bound to another host', 'git.example.com'],
    ['bound to nothing', undefined],
  ])('over HTTPS, %s', async ([, host], { expect }) => {
    const { namespace, apply, condition, kubectl } = world();
    await using thief = disposable(
      await startFront({ target: gitOf('basic'), tls: { ...leaf, clientCa: authority.certificate } }),
    );
    const ns = await namespace({ readSecrets: true });
    const bound = host === undefined ? {} : { host };
    const ca = { 'ca.crt': authority.certificate };
    await putSecret(kubectl, ns, { ...secretOf('basic'), ...ca }, bound);
    const cert = { ...ca, 'tls.crt': client.certificate, 'tls.key': client.key };
    await putSecret(kubectl, ns, cert, { name: 'cert', ...bound });
    const url = `${thief.url}/stolen.git`;
    await apply(ns, { name: 'login', url, path: 'shop', secret: 'git-read' });
    const source = { certSecretRef: { name: 'cert' } };
    await apply(ns, { name: 'client', url, path: 'shop' }, { spec: { source } });
    await condition(ns, 'Fetched', 'SecretNotBound', /./, 'login');
    await condition(ns, 'Fetched', 'SecretNotBound', /./, 'client');
    expect(thief.seen()).toEqual([]);
    expect(thief.connections()).toBe(0);
  });

  test('as a proxy', async ({ expect }) => {
    const { namespace, apply, condition, kubectl, git } = world();
    await using thief = disposable(await startForwardProxy());
    const ns = await namespace({ readSecrets: true });
    const data = { address: thief.url, username, password: proxyPassword };
    await putSecret(kubectl, ns, data, { name: 'proxy', host: 'proxy.example.com' });
    const source = { proxySecretRef: { name: 'proxy' } };
    await apply(ns, { url: git.repository('proxied').url, path: 'shop' }, { spec: { source } });
    await condition(ns, 'Fetched', 'SecretNotBound');
    expect(thief.requests() + thief.tunnels()).toBe(0);
  });

  test('over SSH', async ({ expect }) => {
    const { git, namespace, apply, condition, kubectl } = world();
    await using thief = disposable(await startSshFront({ root: git.root, publicKeys: [], text: serverText }));
    const ns = await namespace({ readSecrets: true });
    const identity = { identity: user.privateKey, password: passphrase, known_hosts: thief.knownHosts };
    await putSecret(kubectl, ns, identity, { host: 'git.example.com' });
    await apply(ns, { url: `${thief.url}/stolen.git`, path: 'shop', secret: 'git-read' });
    await condition(ns, 'Fetched', 'SecretNotBound');
    expect(thief.attempts()).toEqual([]);
    expect(thief.connections()).toBe(0);
  });
});

// Alone, since it changes what the API server lets through.
test('a password in the address is refused at the door, and by sync where it came through another one', async () => {
  const { namespace, apply, read, condition, kubectl } = world();
  const ns = await namespace();
  const url = `https://reader:${urlPassword}@git.example.com/config.git`;
  await expect(apply(ns, { url, path: 'shop' })).rejects.toThrow(/spec.source.url/);
  await expect(read(ns)).rejects.toThrow(/no GitConfig/);

  // As it was before the check of the address was there.
  const rules = `/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/source/properties/url/x-kubernetes-validations`;
  const unchecked = JSON.stringify([{ op: 'remove', path: rules }]);
  await kubectl(['patch', 'crd', 'gitconfigs.confroll.dev', '--type=json', '-p', unchecked]);
  await eventually(() => apply(ns, { url, path: 'shop' }).then(() => true), { what: 'no check' });
  const refused = await condition(ns, 'Fetched', 'InvalidSource', /spec\.source\.url holds credentials/);
  const secrets = [plantedText('password in the address', urlPassword)];
  expect(foundIn(JSON.stringify(refused.status), secrets)).toEqual([]);
  // What its owner wrote into it goes with it; what sync said stays.
  await kubectl(['delete', 'gitconfig', 'shop', '-n', ns]);
});

test('no secret, and no word of a server, is in anything that sync has said, or in a command line', async () => {
  const appTokens = apis.flatMap((api) => api.tokens());
  const jwts = apis.flatMap((api) => api.jwts());
  const secrets = [
    plantedText('password', password),
    plantedText('token', token, 'x-access-token'),
    plantedText('bearer token', bearer),
    plantedText('passphrase', passphrase),
    plantedText('password of the proxy', proxyPassword),
    plantedText("operator's password", operatorPassword),
    plantedText('password in the address', urlPassword),
    plantedText('words of a server', serverText),
    plantedPem('key of the client', client.key),
    plantedPem('SSH key', user.privateKey),
    plantedPem('key of the GitHub App', app.privateKey),
    ...appTokens.map((each) => plantedText('token of a GitHub App', each, 'x-access-token')),
    ...jwts.map((each) => plantedText('JWT of a GitHub App', each)),
  ];
  const output = await world().output();
  expect(output).toContain('HostKeyMismatch');
  expect(output).toContain('HostUnavailable');
  expect(appTokens.length).toBeGreaterThan(0);
  expect(jwts.length).toBeGreaterThan(appTokens.length);
  expect(foundIn(output, secrets)).toEqual([]);
  expect(elsewhere.seen().filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  for (const id of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const commandLine = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    expect(foundIn(commandLine, secrets)).toEqual([]);
  }
});

/** For connections from now on; none is left. */
function begin(front: Front, fault: Fault): void {
  if ('certificate' in fault) front.useCertificate(fault);
  else front.misbehave(fault);
  front.dropConnections();
}

function gitOf(login: Login): GitServer {
  const git = gits.get(login);
  if (git === undefined) throw new Error('the servers are there only inside tests');
  return git;
}

/** Where a GitConfig of that namespace names no Secret; the file has one entry. */
async function keepForOperator(
  host: string,
  namespace: string,
  material: Readonly<Record<string, string>>,
): Promise<void> {
  const directory = mkdtempSync(join(folder, 'mounted-'));
  for (const [key, value] of Object.entries(material)) await writeFile(join(directory, key), value);
  await writeFile(operatorFile, JSON.stringify([{ host, namespaces: [namespace], directory }]));
}

function secretOf(login: Exclude<Login, 'operator'>): Record<string, string> {
  return { basic: { username, password }, token: { token }, bearer: { bearerToken: bearer } }[login];
}

function disposable<T extends { stop(): Promise<void> }>(server: T): T & AsyncDisposable {
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.stop() });
}
