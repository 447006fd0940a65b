// Starts containerd, the kubelet and kube-proxy inside the cluster's namespaces.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from '../binaries/binaries.ts';
import { writeBusyboxImage } from './busybox-image.ts';
import type { StartedControlPlane } from './control-plane.ts';
import { addresses } from './control-plane-programs.ts';
import { cniFolder } from './debian-packages.ts';
import { findProgram } from './find-program.ts';
import type { Namespaces } from './namespaces.ts';
import { type NodeFiles, writeNodeFiles } from './node-files.ts';
import { isReadyNode } from './node-ready.ts';
import type { Programs, Running } from './programs.ts';
import { runCommand } from './run-command.ts';
import { writeKubeconfig } from './users.ts';
import { whileRunning } from './while-running.ts';

export type RealNodeOptions = {
  readonly name: string;
  readonly cgroup: string;
  readonly directory: string;
  readonly binaries: Binaries;
  readonly programs: Programs;
  readonly namespaces: Namespaces;
  readonly signal: AbortSignal;
};

export type ContainerRuntime = {
  readonly running: Running;
  readonly files: NodeFiles;
  /** Arguments of `ctr` that reach it. */
  readonly address: readonly string[];
};

/** Needs no API server, so it can start beside it. Resolves when Pods' sandboxes can be made. */
export async function startContainerRuntime(options: RealNodeOptions): Promise<ContainerRuntime> {
  const { directory, programs, signal } = options;
  const plugins = cniFolder();
  if (plugins === undefined)
    throw new Error('the CNI plugins are not installed; run apt-get install containernetworking-plugins');
  const files = await writeNodeFiles({
    directory,
    cgroup: options.cgroup,
    cniFolder: plugins,
    nodeName: options.name,
    caFile: join(directory, 'pki', 'ca.crt'),
    proxyKubeconfig: join(directory, 'kubeconfigs', 'kube-proxy.json'),
  });
  const containerd = findProgram('containerd') ?? 'containerd';
  const running = programs.start({ name: 'containerd', argv: [containerd, '--config', files.containerd] });
  const address = ['--address', files.containerdSocket];
  const image = join(directory, 'busybox.tar');
  await writeBusyboxImage(image, signal);
  await whileRunning([running], signal, async (both) => {
    await untilAnswers(address, both);
    // Opened by the client, so the host's view of the file is enough.
    await runCommand(['ctr', ...address, '--namespace', 'k8s.io', 'images', 'import', image], {
      signal: both,
    });
  });
  await rm(image);
  return { running, files, address };
}

/** Resolves when the node is Ready. */
export async function startNode(
  plane: StartedControlPlane,
  runtime: ContainerRuntime,
  options: RealNodeOptions,
): Promise<void> {
  const { directory, binaries, programs, name, signal } = options;
  const access = { server: `https://${addresses.gateway}:6443`, ca: plane.ca };
  const kubeletKubeconfig = join(directory, 'kubeconfigs', 'kubelet.json');
  const proxyKubeconfig = join(directory, 'kubeconfigs', 'kube-proxy.json');
  await writeKubeconfig(kubeletKubeconfig, { ...access, token: plane.tokens.kubelet });
  await writeKubeconfig(proxyKubeconfig, { ...access, token: plane.tokens.proxy });
  const kubelet = programs.start({
    name: 'kubelet',
    argv: [
      binaries.path('kubelet'),
      `--config=${runtime.files.kubelet}`,
      `--kubeconfig=${kubeletKubeconfig}`,
      `--root-dir=${join(directory, 'kubelet')}`,
      `--cert-dir=${join(directory, 'kubelet', 'pki')}`,
      `--hostname-override=${name}`,
      `--node-ip=${addresses.gateway}`,
    ],
  });
  const proxy = programs.start({
    name: 'kube-proxy',
    argv: [binaries.path('kube-proxy'), `--config=${runtime.files.proxy}`],
  });
  await whileRunning([...plane.running, runtime.running, kubelet, proxy], signal, (both) =>
    plane.client.waitFor(`starting ${name}`, `/api/v1/nodes/${name}`, isReadyNode, both),
  );
}

// containerd opens its socket within a second.
const answerAttempts = 300;
const answerMilliseconds = 50;

async function untilAnswers(address: readonly string[], signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await runCommand(['ctr', ...address, 'version'], { signal });
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (attempt === answerAttempts) throw error;
      await delay(answerMilliseconds, undefined, { signal });
    }
  }
}
