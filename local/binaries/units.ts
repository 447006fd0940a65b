// What is built from Go modules, as data: each unit is one executable that goes by several names.
import { fileURLToPath } from 'node:url';

export type Unit = {
  readonly name: string;
  readonly version: string;
  /** Folder with go.mod and go.sum. */
  readonly module: string;
  readonly package: string;
  readonly ldflags: string;
  /** The names under which the executable is called. */
  readonly programs: readonly string[];
  /** Measured on 2 cores with nothing compiled before; told to whoever waits. */
  readonly usualMinutes: number;
};

const kubernetes = 'v1.36.3';
const kwok = 'v0.7.0';
const [, minor = ''] = kubernetes.split('.');
// The API server tells its version to clients, and refuses to start without one.
const stamp = (name: string, value: string) => `-X k8s.io/component-base/version.${name}=${value}`;
const kubernetesVersion = [
  stamp('gitVersion', kubernetes),
  stamp('gitMajor', '1'),
  stamp('gitMinor', minor),
].join(' ');

const controlPlaneModule = fileURLToPath(new URL('../control-plane', import.meta.url));

export const controlPlane: Unit = {
  name: 'control-plane',
  version: kubernetes,
  module: controlPlaneModule,
  package: './cmd/control',
  ldflags: `-s -w ${kubernetesVersion}`,
  programs: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'],
  usualMinutes: 5,
};

export const node: Unit = {
  name: 'node',
  version: kubernetes,
  module: controlPlaneModule,
  package: './cmd/node',
  ldflags: `-s -w ${kubernetesVersion}`,
  programs: ['kubelet', 'kube-proxy'],
  usualMinutes: 1,
};

export const simulatedNode: Unit = {
  name: 'simulated-node',
  version: kwok,
  module: fileURLToPath(new URL('../simulated-node', import.meta.url)),
  package: 'sigs.k8s.io/kwok/cmd/kwok',
  ldflags: '-s -w',
  programs: ['kwok'],
  usualMinutes: 2,
};
