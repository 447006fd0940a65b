// What the demo plays on: a cluster, a Git server, confroll, and a clone to push from.
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { generateAuthority, generateLeaf } from '../../certs/generate.ts';
import { freePort } from '../cluster/free-port.ts';
import { type Cluster, type Nodes, startCluster } from '../cluster.ts';
import { installAsProcesses } from '../confroll/as-processes.ts';
import { installInCluster } from '../confroll/in-cluster.ts';
import { repositoryRoot } from '../confroll/manifests.ts';
import { openRepository, type Repository } from '../git-server/repository.ts';
import { buildImages } from '../image/images.ts';
import { createKubectl, type Kubectl } from '../kubectl.ts';
import { until } from '../until.ts';
import type { SourceOptions } from './objects.ts';
import { cloneWorkTree, type WorkTree } from './work-tree.ts';

export type Stage = {
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  readonly workTree: WorkTree;
  /** The same repository from the server's side. */
  readonly repository: Repository;
  /** The repository as the cluster reaches it. */
  readonly source: SourceOptions;
  stop(): Promise<void>;
};

type StageOptions = {
  readonly nodes: Nodes;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

/** Stops what it has started when it fails. */
export async function buildStage(options: StageOptions): Promise<Stage> {
  const { say, signal } = options;
  const cluster = await startCluster({ nodes: options.nodes, log: say, signal });
  const parts: { stop(): Promise<void> }[] = [cluster];
  const stop = async (): Promise<void> => {
    for (const part of parts) await part.stop();
  };
  try {
    const kubectl = createKubectl(cluster);
    say('starting a Git server with the sample repository (local/sample)');
    const { source, workTree, repository } = await serveGit(cluster, signal);
    if (cluster.nodes === 'real') {
      await installInCluster({ cluster, kubectl, images: await buildImages(say), say, signal });
    } else {
      const processes = await installAsProcesses(cluster, kubectl);
      parts.unshift(processes);
      say('starting confroll as processes on this machine');
      await Promise.all([processes.startController(), processes.startWebhook()]);
    }
    return { cluster, kubectl, workTree, repository, source, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function serveGit(
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Pick<Stage, 'source' | 'workTree' | 'repository'>> {
  const directory = join(cluster.directory, 'git');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // Pods reach it at the gateway, this machine at the other end of the veth; without a real node both are loopback.
  const forPods = cluster.gateway ?? '127.0.0.1';
  const forUs = cluster.inside ?? '127.0.0.1';
  const port = await freePort();
  const authority = await generateAuthority('confroll demo Git server');
  const leaf = await generateLeaf(authority, [...new Set([forPods, forUs])]);
  const username = 'deploy';
  const password = randomBytes(12).toString('hex');
  const files = {
    cert: join(directory, 'tls.crt'),
    key: join(directory, 'tls.key'),
    login: join(directory, 'login'),
  };
  await writeFile(files.cert, leaf.certificate);
  await writeFile(files.key, leaf.key, { mode: 0o600 });
  await writeFile(files.login, `${username}:${password}\n`, { mode: 0o600 });
  const listen = cluster.gateway === undefined ? '127.0.0.1' : '0.0.0.0';
  const main = join(repositoryRoot, 'local/git-server/main.ts');
  const tls = ['--tls-cert', files.cert, '--tls-key', files.key, '--credentials-file', files.login];
  const where = ['--root', join(directory, 'repositories'), '--host', listen, '--port', String(port)];
  const log = join(cluster.directory, 'logs', 'git-server.log');
  const server = cluster.spawnInside([execPath, main, '--repository', 'shop.git', ...where, ...tls], { log });
  const address = (host: string): string => `https://${host}:${port}/shop.git`;
  const credential = { username, password, caCertificate: authority.certificate };
  const workTree = await until('the Git server', { signal, seconds: 30 }, () => {
    if (server.exitCode !== null) throw new Error(`the Git server ended; its log is ${log}`);
    return cloneWorkTree({
      directory: join(directory, 'work', 'shop'),
      url: address(forUs),
      ...credential,
    });
  });
  const repository = openRepository(join(directory, 'repositories'), 'shop.git', address(forUs));
  return {
    source: { url: address(forPods), host: `${forPods}:${port}`, ...credential },
    workTree,
    repository,
  };
}
