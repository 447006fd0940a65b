// Starts that cannot succeed say why and leave nothing; a port that is taken is no reason to fail.

import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findBinaries } from '../../../local/binaries/binaries.ts';
import { startCluster } from '../../../local/cluster.ts';
import { readEnvironment } from '../../../local/environment.ts';
import { cgroupsOfDeadClusters, processesNaming } from './traces.ts';

const canTryRealNode = process.platform === 'linux' && process.getuid?.() === 0;
const programs = ['etcd', 'kube-apiserver', 'kubectl'];
const nodePrograms = ['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'];

let assets: string;
let temporary: string;

beforeEach(async () => {
  const signal = AbortSignal.timeout(900_000);
  const kind = canTryRealNode ? 'real' : 'none';
  const binaries = await findBinaries(kind, readEnvironment(), { signal, log: () => {} });
  assets = await mkdtemp(join(tmpdir(), 'confroll-assets-'));
  temporary = await mkdtemp(join(tmpdir(), 'confroll-temporary-'));
  for (const name of canTryRealNode ? [...programs, ...nodePrograms] : programs)
    await symlink(binaries.path(name), join(assets, name));
  vi.stubEnv('KUBEBUILDER_ASSETS', assets);
  // Here, what is left over can only be ours.
  vi.stubEnv('TMPDIR', temporary);
}, 900_000);

afterEach(async () => {
  vi.unstubAllEnvs();
  expect(await readdir(temporary)).toEqual([]);
  await rm(assets, { recursive: true });
  await rm(temporary, { recursive: true });
});

/** Puts a script before a program; `$real` is the program. */
async function wrap(name: string, script: string): Promise<void> {
  const file = join(assets, name);
  const folder = join(assets, 'real');
  await mkdir(folder);
  await rename(file, join(folder, name));
  await writeFile(file, `#!/bin/sh\nreal=${join(folder, name)}\n${script}\n`);
  await chmod(file, 0o755);
}

test('a program that is missing is named, with what to do', async () => {
  await rm(join(assets, 'etcd'));
  await expect(startCluster({ nodes: 'none' })).rejects.toThrow(/lacks etcd,.*unset KUBEBUILDER_ASSETS/);
});

test('programs that only nodes need are named when nodes are asked for', async () => {
  await expect(startCluster({ nodes: 'simulated' })).rejects.toThrow(
    /lacks .*kwok, needed for nodes "simulated"/,
  );
});

test('a flag that the API server does not know is in the reason', async () => {
  await wrap('kube-apiserver', 'exec "$real" --no-such-flag "$@"');
  await expect(startCluster({ nodes: 'none' })).rejects.toThrow(/kube-apiserver ended.*--no-such-flag/s);
});

test('a store that dies during the start is the reason', async () => {
  await wrap('etcd', 'echo the disk is full; exit 3');
  await expect(startCluster({ nodes: 'none' })).rejects.toThrow(
    /etcd ended \(exit code 3\).*the disk is full/s,
  );
});

test('a port that another program took in the meantime is replaced by the next', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const marker = join(assets, 'tried');
  await wrap(
    'kube-apiserver',
    `[ -e ${marker} ] || { touch ${marker}; exec "$real" "$@" --secure-port=${port}; }\nexec "$real" "$@"`,
  );
  const cluster = await startCluster({ nodes: 'none' });
  expect(cluster.server).not.toContain(`:${port}`);
  await cluster.stop();
  taken.close();
});

for (const program of nodePrograms) {
  test(`a ${program} that does not start takes everything else with it`, async (context) => {
    if (!canTryRealNode) context.skip('a real node needs Linux and root');
    await wrap(program, 'echo of no use; exit 1');
    const failure = await startCluster({ nodes: 'real' }).catch((error: unknown) => error);
    expect(String(failure)).toMatch(new RegExp(`${program} ended.*of no use`, 's'));
    expect(processesNaming(temporary)).toEqual([]);
    expect(cgroupsOfDeadClusters()).toEqual([]);
  });
}
