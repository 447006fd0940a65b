// Whose credential a GitConfig gets, on a real API server with the rights that the controller really has.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateAuthority, generateClient, type KeyPair } from '../../../certs/generate.ts';
import { createKubectl, type Kubectl } from '../../../local/kubectl.ts';
import type { GitConfig } from '../../../src/api/gitconfig.ts';
import { parseRepositoryAddress } from '../../../src/api/repository-url.ts';
import { createKube } from '../../../src/kube/http.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import {
  type CredentialsDeps,
  createCredentials,
  type FoundCredential,
} from '../../../src/sync/credentials/credentials.ts';
import {
  noOperatorCredentials,
  openOperatorCredentials,
} from '../../../src/sync/credentials/operator/operator-credentials.ts';
import { useApiServer } from '../../support/api-server.ts';
import { eventually } from '../../support/eventually.ts';
import { bearer, password, proxyPassword, sshKey, token, username } from '../../support/planted.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';
import { putSecret } from '../../support/secret.ts';
import { leaks, type Values } from './material.ts';

const server = useApiServer();
const account = { namespace: 'confroll-system', name: 'confroll-controller' };
const host = 'git.example.com';
const https = `https://${host}/team/config.git`;
const stack = new AsyncDisposableStack();
let kubectl: Kubectl;
let kube: CredentialsDeps['kube'];
let authority: KeyPair;
let client: KeyPair;

beforeAll(async () => {
  const { cluster, connection } = server();
  kubectl = createKubectl(cluster);
  const manifests = ['namespace', 'service-accounts', 'rbac-controller', 'rbac-users'].flatMap((name) => [
    '-f',
    join(import.meta.dirname, `../../../manifests/base/${name}.yaml`),
  ]);
  await kubectl(['apply', ...manifests]);
  const given = await kubectl(['create', 'token', account.name, '-n', account.namespace, '--duration=1h']);
  const own = createKube(
    {
      server: connection.server,
      tls: { ca: connection.tls.ca, serverName: connection.tls.serverName },
      headers: async () => ({ authorization: `Bearer ${given.trim()}` }),
    },
    { clock: systemClock, userAgent: 'confroll-credentials-test' },
  );
  stack.defer(() => own.close());
  kube = own;
  authority = await generateAuthority('Git');
  client = await generateClient(authority, 'confroll');
});
afterAll(() => stack.disposeAsync());

type Source = Partial<GitConfig['spec']['source']>;
const secretRef = { name: 'git-read' };
const certSecretRef = { name: 'git-tls' };
const proxySecretRef = { name: 'git-proxy' };

async function find(
  namespace: string,
  source: Source,
  deps: Partial<CredentialsDeps> = {},
): Promise<FoundCredential> {
  const url = source.url ?? https;
  const address = parseRepositoryAddress(url);
  if (address === undefined) throw new Error('no address');
  const config: GitConfig = {
    metadata: { name: 'shop', namespace },
    spec: { source: { ref: { branch: 'main' }, ...source, url }, mountPath: '/etc/shop' },
  };
  const credentials = createCredentials({
    kube,
    serviceAccount: account,
    operator: noOperatorCredentials,
    proxyOf: () => undefined,
    now: Date.now,
    ...deps,
  });
  return credentials.find(config, address, AbortSignal.timeout(30_000));
}

/** The message, without anything of the planted values in it. */
async function refusal(
  reason: string,
  found: Promise<FoundCredential>,
  values: Values = {},
): Promise<string> {
  const failure = await found;
  expect(failure).toMatchObject({ kind: 'failed', class: 'person', reason });
  expect(leaks(JSON.stringify(failure), values)).toEqual([]);
  return failure.kind === 'failed' ? failure.message : '';
}

async function namespaceThatLends(): Promise<string> {
  const namespace = await server().namespace();
  const role = [
    '--clusterrole=confroll-git-credentials',
    `--serviceaccount=${account.namespace}:${account.name}`,
  ];
  await kubectl(['create', 'rolebinding', 'git', ...role, '-n', namespace]);
  await mayRead(namespace);
  return namespace;
}

// A right counts a moment after it was given.
async function mayRead(namespace: string): Promise<void> {
  await eventually(
    async () => {
      const found = await find(namespace, { secretRef: { name: 'not-there' } });
      return found.kind === 'failed' && found.reason === 'SecretInvalid';
    },
    { what: `the right to read Secrets of ${namespace}` },
  );
}

/** Runs the command that a message ends with, in a shell, as the person who reads it would. */
async function runPrinted(message: string): Promise<void> {
  const [command] = /kubectl .*$/.exec(message) ?? [];
  if (command === undefined) throw new Error(`no command in: ${message}`);
  const { kubectl: program, kubeconfig } = server().cluster;
  const environment = { PATH: `${dirname(program)}:${env.PATH}`, KUBECONFIG: kubeconfig, HOME: tmpdir() };
  await promisify(execFile)('sh', ['-c', command], { env: environment });
}

describe('a Secret', () => {
  test('is read anew each time', async () => {
    const ns = await namespaceThatLends();
    await putSecret(kubectl, ns, { username, password, 'ca.crt': authority.certificate }, { host });
    expect(await find(ns, { secretRef })).toEqual({
      kind: 'ok',
      credential: {
        login: { kind: 'header', authorization: `Basic ${btoa(`${username}:${password}`)}` },
        tls: { ca: authority.certificate.trimEnd(), client: undefined },
        proxy: undefined,
      },
      origin: { login: 'Secret "git-read"', ca: 'Secret "git-read"', client: undefined, proxy: undefined },
    });
    await putSecret(kubectl, ns, { bearerToken: bearer }, { host });
    expect(await find(ns, { secretRef })).toMatchObject({
      credential: { login: { authorization: `Bearer ${bearer}` }, tls: { ca: undefined } },
    });
    const { privateKey } = sshKey();
    await putSecret(kubectl, ns, { identity: privateKey }, { host });
    expect(await find(ns, { secretRef, url: `git@${host}:team/config.git` })).toMatchObject({
      credential: { login: { kind: 'ssh' } },
    });
    const words = await refusal('SecretInvalid', find(ns, { secretRef }), { identity: privateKey });
    expect(words).toMatch(/^Secret "git-read" holds identity, which is for SSH/);
  });

  test('that is not there', async () => {
    const ns = await namespaceThatLends();
    for (const [field, source] of Object.entries({
      secretRef: { secretRef },
      certSecretRef: { certSecretRef },
      proxySecretRef: { proxySecretRef },
    })) {
      const message = await refusal('SecretInvalid', find(ns, source));
      expect(message).toMatch(/^there is no Secret "git-/);
      expect(message).toContain(`spec.source.${field}`);
    }
  });

  test('that may not be read: the printed command mends it', async () => {
    const ns = await server().namespace();
    await putSecret(kubectl, ns, { token }, { host });
    await runPrinted(await refusal('SecretNotReadable', find(ns, { secretRef }), { token }));
    await mayRead(ns);
    expect(await find(ns, { secretRef })).toMatchObject({ kind: 'ok' });
  });

  test.for([undefined, 'elsewhere.example', `${host}:8443`, `${host}/team`, `x@${host}`])(
    'that is bound to %s: nothing of it is told, and the printed command mends it',
    async (bound) => {
      const ns = await namespaceThatLends();
      const values = {
        'ca.crt': authority.certificate,
        'tls.crt': client.certificate,
        'tls.key': client.key,
      };
      await putSecret(kubectl, ns, { token }, bound === undefined ? {} : { host: bound });
      await putSecret(kubectl, ns, values, {
        name: 'git-tls',
        ...(bound === undefined ? {} : { host: bound }),
      });
      await runPrinted(await refusal('SecretNotBound', find(ns, { secretRef, certSecretRef }), { token }));
      await runPrinted(await refusal('SecretNotBound', find(ns, { secretRef, certSecretRef }), values));
      expect(await find(ns, { secretRef, certSecretRef })).toMatchObject({ kind: 'ok' });
    },
  );
});

describe('certSecretRef', () => {
  test('comes before what the other Secret says of TLS', async () => {
    const ns = await namespaceThatLends();
    const other = await generateAuthority('other');
    await putSecret(kubectl, ns, { token, 'ca.crt': other.certificate }, { host });
    const values = { 'ca.crt': authority.certificate, 'tls.crt': client.certificate, 'tls.key': client.key };
    await putSecret(kubectl, ns, values, { name: 'git-tls', host });
    expect(await find(ns, { secretRef, certSecretRef })).toMatchObject({
      credential: {
        login: { kind: 'header' },
        tls: { ca: authority.certificate.trimEnd(), client: { key: client.key.trimEnd() } },
      },
      origin: { login: 'Secret "git-read"', ca: 'Secret "git-tls"', client: 'Secret "git-tls"' },
    });
    expect(await find(ns, { certSecretRef })).toMatchObject({
      credential: { login: { kind: 'anonymous' } },
      origin: { login: undefined, ca: 'Secret "git-tls"' },
    });
  });

  test('is refused where there are no certificates, and when it holds none', async () => {
    const ns = await namespaceThatLends();
    await putSecret(kubectl, ns, { token }, { name: 'git-tls', host });
    const url = `http://${host}/x`;
    expect(await refusal('InvalidSource', find(ns, { certSecretRef, url }))).toMatch(
      /certSecretRef.*http:\/\//,
    );
    expect(await refusal('SecretInvalid', find(ns, { certSecretRef }), { token })).toMatch(/lacks.*ca\.crt/);
  });
});

describe('proxySecretRef', () => {
  const proxyHost = 'proxy-planted.example:3128';
  const values = { address: `http://${proxyHost}`, username, password: proxyPassword };

  test('is bound to the host of the proxy, which is not told to who may not know it', async () => {
    const ns = await namespaceThatLends();
    const name = proxySecretRef.name;
    // Not even when it is bound to the Git server.
    for (const bound of [{}, { host }]) {
      await putSecret(kubectl, ns, values, { name, ...bound });
      const message = await refusal('SecretNotBound', find(ns, { proxySecretRef }), values);
      expect(message).not.toContain('planted');
    }
    await runPrinted(await refusal('SecretNotBound', find(ns, { proxySecretRef }), values));
    const inEnvironment = () => ({ url: new URL('http://other'), authorization: undefined });
    expect(await find(ns, { proxySecretRef }, { proxyOf: inEnvironment })).toMatchObject({
      credential: {
        login: { kind: 'anonymous' },
        proxy: {
          url: new URL(`http://${proxyHost}`),
          authorization: `Basic ${btoa(`${username}:${proxyPassword}`)}`,
        },
      },
      origin: { proxy: 'Secret "git-proxy"' },
    });
  });

  test('is refused for SSH', async () => {
    const ns = await namespaceThatLends();
    await putSecret(kubectl, ns, { identity: sshKey().privateKey }, { host });
    const found = find(ns, { secretRef, proxySecretRef, url: `ssh://${host}/x` });
    expect(await refusal('InvalidSource', found)).toMatch(/proxySecretRef.*SSH/);
  });

  test('without it the proxy of the environment is used, save for SSH', async () => {
    const ns = await namespaceThatLends();
    await putSecret(kubectl, ns, { identity: sshKey().privateKey }, { host });
    const proxy = { url: new URL('http://proxy'), authorization: undefined };
    expect(await find(ns, {}, { proxyOf: () => proxy })).toMatchObject({
      credential: { proxy },
      origin: { proxy: 'environment of the controller' },
    });
    expect(await find(ns, { secretRef, url: `ssh://${host}/x` }, { proxyOf: () => proxy })).toMatchObject({
      credential: { proxy: undefined },
    });
  });
});

describe("the operator's", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'confroll-credentials-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function openOperator(namespace: string, values: Values) {
    const file = join(directory, `${namespace}.yaml`);
    await writeFile(file, `- {host: ${host}, namespaces: [${namespace}], directory: ${directory}}`);
    for (const [key, value] of Object.entries(values)) await writeFile(join(directory, key), value);
    const log = createRecordedLog();
    const opened = await openOperatorCredentials({ file, environment: {}, log });
    if (opened.kind === 'invalid') throw new Error(opened.problems.join());
    stack.defer(async () => {
      for (const key of Object.keys(values)) await rm(join(directory, key), { force: true });
    });
    return { operator: opened.operator, log };
  }

  test('serve a GitConfig of a listed namespace that names no Secret, without any right to read Secrets', async () => {
    const ns = await server().namespace();
    const { operator, log } = await openOperator(ns, { token, 'ca.crt': authority.certificate });
    const from = `the operator's for ${host}`;
    expect(await find(ns, {}, { operator })).toMatchObject({
      credential: { login: { kind: 'header' }, tls: { ca: authority.certificate.trimEnd() } },
      origin: { login: from, ca: from },
    });
    expect(await find('other', {}, { operator })).toMatchObject({
      credential: { login: { kind: 'anonymous' } },
    });
    // A Secret that is named counts, though it cannot be read.
    await refusal('SecretNotReadable', find(ns, { secretRef }, { operator }));

    await writeFile(join(directory, 'bearerToken'), bearer);
    const message = await refusal('SecretInvalid', find(ns, {}, { operator }), { token, bearer });
    expect(message).toMatch(/^the operator's for git\.example\.com cannot be used/);
    expect(log.lines[0]?.fields).toMatchObject({
      directory,
      why: expect.stringMatching(/token and bearerToken/),
    });
    await rm(join(directory, 'bearerToken'));
  });

  test('go together with a client certificate and a proxy of the namespace, not with its authority', async () => {
    const ns = await namespaceThatLends();
    const { operator } = await openOperator(ns, { token });
    const certificate = { 'tls.crt': client.certificate, 'tls.key': client.key };
    await putSecret(kubectl, ns, certificate, { name: 'git-tls', host });
    await putSecret(kubectl, ns, { address: 'http://proxy' }, { name: 'git-proxy', host: 'proxy' });
    expect(await find(ns, { certSecretRef, proxySecretRef }, { operator })).toMatchObject({
      credential: { login: { kind: 'header' }, tls: { client: { key: client.key.trimEnd() } } },
      origin: { client: 'Secret "git-tls"', proxy: 'Secret "git-proxy"' },
    });
    await putSecret(kubectl, ns, { 'ca.crt': authority.certificate }, { name: 'git-tls', host });
    const message = await refusal('SecretInvalid', find(ns, { certSecretRef }, { operator }), { token });
    expect(message).toMatch(
      /^Secret "git-tls" holds ca\.crt, which is not used together with the operator's/,
    );
  });
});

test('SSH without any key: what is needed', async () => {
  const found = find('none', { url: `git@${host}:team/config.git` });
  expect(await refusal('SecretInvalid', found)).toMatch(/needs an SSH key.*identity.*known_hosts.*secretRef/);
});
