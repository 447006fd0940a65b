// confroll on a cluster that cannot run its image: CRD, rights and webhook configuration from manifests/, the programs
// as processes on this machine, each with the token of its own service account and so with no more rights than in a Pod.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { dump, load } from 'js-yaml';
import { isRecord, type JsonObject } from '../../src/lib/json.ts';
import { freePort } from '../cluster/free-port.ts';
import type { Cluster } from '../cluster.ts';
import type { Kubectl } from '../kubectl.ts';
import { startFront } from './front.ts';
import { applyObjects, renderManifests } from './manifests.ts';
import { type Program, startProgram, whenReady } from './program.ts';

const namespace = 'confroll-system';

export type ProcessInstallation = {
  /** Starts one more controller; it is ready when it waits for the Lease or holds it. */
  startController(...flags: string[]): Promise<Program>;
  /** The kubeconfig that controllers use unless a flag names another. */
  readonly controllerKubeconfig: string;
  /** Starts one more webhook replica; ready when it serves. */
  startWebhook(...flags: string[]): Promise<Program>;
  programs(): readonly Program[];
  /** Applies the webhook configuration again, as after somebody deleted it. */
  applyWebhookConfiguration(): Promise<void>;
  stop(): Promise<void>;
};

export async function installAsProcesses(cluster: Cluster, kubectl: Kubectl): Promise<ProcessInstallation> {
  const front = await startFront();
  const objects = (await renderManifests(kubectl, 'base')).filter((object) => !runsPods(object));
  const configuration = objects.filter((object) => object.kind === 'MutatingWebhookConfiguration');
  const reachable = configuration.map((object) => callByUrl(object, front.port));
  await applyObjects(kubectl, [...objects.filter((object) => !configuration.includes(object)), ...reachable]);
  const identities = await writeIdentities(cluster, kubectl);
  const started: Program[] = [];
  let names = 0;
  const nextName = (role: string): string => {
    names += 1;
    return `${role}-${names}`;
  };
  const backends = new Map<Program, number>();
  const refreshFront = (): void =>
    front.setBackends([...backends].filter(([program]) => program.running()).map(([, port]) => port));

  const keep = async (program: Program): Promise<Program> => {
    started.push(program);
    await whenReady(program);
    return program;
  };
  return {
    programs: () => started,
    controllerKubeconfig: identities.controllerKubeconfig,
    applyWebhookConfiguration: () => applyObjects(kubectl, reachable),
    startController: async (...flags) => {
      const args = ['controller', '--kubeconfig', identities.controllerKubeconfig, ...flags];
      return keep(await startProgram(cluster, { name: nextName('controller'), args, environment: basics() }));
    },
    startWebhook: async (...flags) => {
      const port = await freePort();
      const args = ['webhook', '--port', String(port), '--hosts', '127.0.0.1', '--drain-seconds', '0'];
      const program = await startProgram(cluster, {
        name: nextName('webhook'),
        args: [...args, '--service-account-directory', identities.webhookDirectory, ...flags],
        environment: {
          ...basics(),
          KUBERNETES_SERVICE_HOST: identities.host,
          KUBERNETES_SERVICE_PORT: identities.port,
        },
      });
      backends.set(program, port);
      program.process.once('exit', refreshFront);
      refreshFront();
      return keep(program);
    },
    async stop() {
      await Promise.all(started.map((program) => program.end('SIGKILL')));
      await front.stop();
    },
  };
}

function basics(): Record<string, string> {
  return { PATH: env.PATH ?? '', POD_NAMESPACE: namespace };
}

function runsPods(object: JsonObject): boolean {
  return ['Deployment', 'Service', 'PodDisruptionBudget', 'NetworkPolicy'].includes(String(object.kind));
}

/** The same configuration, with an address on loopback instead of a Service. */
function callByUrl(configuration: JsonObject, port: number): JsonObject {
  const webhooks = Array.isArray(configuration.webhooks) ? configuration.webhooks.filter(isRecord) : [];
  return {
    ...configuration,
    webhooks: webhooks.map((webhook) => {
      const { service } = isRecord(webhook.clientConfig) ? webhook.clientConfig : {};
      const path = isRecord(service) ? String(service.path) : '/';
      return { ...webhook, clientConfig: { url: `https://127.0.0.1:${port}${path}` } };
    }),
  };
}

type Identities = { controllerKubeconfig: string; webhookDirectory: string; host: string; port: string };

async function writeIdentities(cluster: Cluster, kubectl: Kubectl): Promise<Identities> {
  const directory = join(cluster.directory, 'identities');
  const webhookDirectory = join(directory, 'webhook');
  await mkdir(webhookDirectory, { recursive: true, mode: 0o700 });
  const token = async (account: string): Promise<string> =>
    (await kubectl(['-n', namespace, 'create', 'token', account, '--duration=24h'])).trim();
  const admin = await readAdmin(cluster.kubeconfig);
  const controllerKubeconfig = join(directory, 'controller.kubeconfig');
  const user = { name: 'controller', user: { token: await token('confroll-controller') } };
  const context = { name: 'local', context: { cluster: 'local', user: 'controller' } };
  const config = { apiVersion: 'v1', kind: 'Config', clusters: [{ name: 'local', cluster: admin.cluster }] };
  const kubeconfig = dump({ ...config, users: [user], contexts: [context], 'current-context': 'local' });
  await writeFile(controllerKubeconfig, kubeconfig, { mode: 0o600 });
  await writeFile(join(webhookDirectory, 'token'), await token('confroll-webhook'), { mode: 0o600 });
  await writeFile(join(webhookDirectory, 'ca.crt'), admin.certificateAuthority);
  const { hostname, port } = new URL(cluster.server);
  return { controllerKubeconfig, webhookDirectory, host: hostname, port: port || '443' };
}

async function readAdmin(file: string): Promise<{ cluster: JsonObject; certificateAuthority: string }> {
  const config = load(await readFile(file, 'utf8'));
  const clusters = isRecord(config) && Array.isArray(config.clusters) ? config.clusters : [];
  const first: unknown = clusters[0];
  const cluster = isRecord(first) && isRecord(first.cluster) ? first.cluster : {};
  const data = cluster['certificate-authority-data'];
  const path = cluster['certificate-authority'];
  if (typeof data === 'string')
    return { cluster, certificateAuthority: Buffer.from(data, 'base64').toString() };
  if (typeof path === 'string') return { cluster, certificateAuthority: await readFile(path, 'utf8') };
  throw new Error(`${file} names no certificate authority`);
}
