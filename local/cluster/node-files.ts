// The configuration files of the programs of a real node.
import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { busyboxImage } from './busybox-image.ts';
import { addresses } from './control-plane-programs.ts';

export type NodeFiles = {
  readonly containerd: string;
  readonly containerdSocket: string;
  readonly kubelet: string;
  readonly proxy: string;
};

export type NodeFilesOptions = {
  readonly directory: string;
  /** Name of the cgroups made for this cluster. */
  readonly cgroup: string;
  readonly cniFolder: string;
  readonly nodeName: string;
  readonly caFile: string;
  readonly proxyKubeconfig: string;
};

export async function writeNodeFiles(options: NodeFilesOptions): Promise<NodeFiles> {
  const { directory } = options;
  const network = join(directory, 'cni', 'net.d');
  await mkdir(network, { recursive: true });
  const socket = join(directory, 'containerd.sock');
  const write = async (name: string, content: string): Promise<string> => {
    const file = join(directory, name);
    await writeFile(file, content);
    return file;
  };
  // JSON is YAML, so the Kubernetes programs read it as it is.
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  await write(join('cni', 'net.d', '10-pods.conflist'), json(podNetwork(directory)));
  return {
    containerdSocket: socket,
    containerd: await write('containerd.toml', await containerdConfig(options, socket, network)),
    kubelet: await write('kubelet.json', json(kubeletConfig(options, socket))),
    proxy: await write('kube-proxy.json', json(proxyConfig(options))),
  };
}

async function containerdConfig(options: NodeFilesOptions, socket: string, network: string): Promise<string> {
  const { directory, cniFolder } = options;
  return `version = 2
root = "${directory}/containerd/root"
state = "${directory}/containerd/state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${directory}/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${busyboxImage}"
  # Without it no container starts where root may not lower its own score, as in many containers.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${await snapshotter(directory)}"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniFolder}"
    conf_dir = "${network}"
`;
}

/** An overlay cannot stand on an overlay, as the root of a container often is. */
async function snapshotter(directory: string): Promise<'overlayfs' | 'native'> {
  const overlayMagic = 0x794c7630;
  return (await statfs(directory)).type === overlayMagic ? 'native' : 'overlayfs';
}

function podNetwork(directory: string): object {
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        // Else a Pod cannot reach itself through its own Service.
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: join(directory, 'cni', 'addresses'),
          ranges: [[{ subnet: addresses.pods }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

function kubeletConfig(options: NodeFilesOptions, socket: string): object {
  const { directory } = options;
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: addresses.gateway,
    authentication: { x509: { clientCAFile: options.caFile } },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${options.cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    // There is no cluster DNS, and the host's resolver cannot be reached from here.
    resolvConf: '',
    containerRuntimeEndpoint: `unix://${socket}`,
    volumePluginDir: join(directory, 'kubelet', 'volume-plugins'),
    podLogsDir: join(directory, 'pod-logs'),
    // Images come from archives: one that was removed for space could not be pulled again.
    imageGCHighThresholdPercent: 100,
    // The disk is the developer's own and may be nearly full; a node that evicts is of no use to a test.
    evictionHard: {
      'memory.available': '50Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
  };
}

function proxyConfig(options: NodeFilesOptions): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: options.nodeName,
    clusterCIDR: addresses.pods,
    // These sysctls belong to the whole machine, and writing them is refused.
    conntrack: { maxPerCore: 0, min: 0 },
    clientConnection: { kubeconfig: options.proxyKubeconfig },
  };
}
