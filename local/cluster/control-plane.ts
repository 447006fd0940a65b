// Starts etcd and the API server, then the controllers and the scheduler where there are nodes for them to work with.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from '../binaries/binaries.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { writeCertificates } from './certificates.ts';
import {
  addresses,
  apiServer,
  type ControlPlane,
  controllerManager,
  etcd,
  scheduler,
} from './control-plane-programs.ts';
import { freePort } from './free-port.ts';
import type { Programs, Running } from './programs.ts';
import { makeTokens, type Tokens, writeKubeconfig, writeTokenFile } from './users.ts';
import { whileRunning } from './while-running.ts';

export type ControlPlaneOptions = {
  readonly binaries: Binaries;
  readonly directory: string;
  readonly programs: Programs;
  readonly audit: boolean;
  readonly controllers: boolean;
  /** Inside namespaces of its own: the address there at which the host reaches it. Undefined: on loopback. */
  readonly inside: string | undefined;
  readonly signal: AbortSignal;
};

export type StartedControlPlane = {
  readonly server: string;
  readonly kubeconfig: string;
  readonly client: ApiClient;
  readonly running: readonly Running[];
  readonly tokens: Tokens;
  readonly ca: string;
};

const insidePort = 6443;
// Between choosing a port and opening it another process can be faster, but hardly five times in a row.
const portAttempts = 5;

export async function startControlPlane(options: ControlPlaneOptions): Promise<StartedControlPlane> {
  const { directory, programs, signal, inside } = options;
  const secrets = join(directory, 'pki');
  const tokens = makeTokens();
  const hosts = [...apiServerNames, ...(inside === undefined ? [] : [inside])];
  const [certificates, tokenFile] = await Promise.all([
    writeCertificates(secrets, hosts),
    writeTokenFile(secrets, tokens),
  ]);
  await mkdir(join(directory, 'kubeconfigs'), { mode: 0o700 });
  const kubeconfigs = {
    controllerManager: join(directory, 'kubeconfigs', 'controller-manager.json'),
    scheduler: join(directory, 'kubeconfigs', 'scheduler.json'),
  };
  const plane: ControlPlane = {
    binaries: options.binaries,
    directory,
    certificates,
    tokenFile,
    kubeconfigs,
    auditPolicy: options.audit ? await writeAuditPolicy(directory) : undefined,
  };
  const store = programs.start(etcd(plane));
  const { server, client, running } = await startApiServer(plane, tokens.admin, store, options);
  const access = { server, ca: certificates.ca };
  const kubeconfig = join(directory, 'kubeconfig');
  await writeKubeconfig(kubeconfig, { ...access, token: tokens.admin });
  if (options.controllers) {
    await writeKubeconfig(kubeconfigs.controllerManager, { ...access, token: tokens.controllerManager });
    await writeKubeconfig(kubeconfigs.scheduler, { ...access, token: tokens.scheduler });
    running.push(programs.start(controllerManager(plane)), programs.start(scheduler(plane)));
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    await whileRunning(running, signal, (both) =>
      client.waitFor('making the first service account', account, () => true, both),
    );
  }
  return { server, kubeconfig, client, running, tokens, ca: certificates.ca };
}

const apiServerNames = [
  'localhost',
  '127.0.0.1',
  addresses.gateway,
  addresses.firstService,
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
];

async function startApiServer(
  plane: ControlPlane,
  token: string,
  store: Running,
  options: ControlPlaneOptions,
): Promise<{ server: string; client: ApiClient; running: Running[] }> {
  const { programs, inside, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    const port = inside === undefined ? await freePort() : insidePort;
    const server = `https://${inside ?? '127.0.0.1'}:${port}`;
    const client = createApiClient({ server, ca: plane.certificates.ca, token });
    const bind = inside === undefined ? '127.0.0.1' : '0.0.0.0';
    const running = [
      store,
      programs.start(apiServer(plane, { bind, port, podsReachIt: inside !== undefined })),
    ];
    try {
      await whileRunning(running, signal, (both) =>
        client.waitFor('starting the API server', '/readyz', () => true, both),
      );
      return { server, client, running };
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('address already in use');
      if (!taken || attempt === portAttempts) throw error;
    }
  }
}

/** Each request once, when it is answered, without bodies: enough to count who asked for what. */
async function writeAuditPolicy(directory: string): Promise<string> {
  const file = join(directory, 'audit-policy.json');
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata' }],
  };
  await writeFile(file, JSON.stringify(policy));
  return file;
}
