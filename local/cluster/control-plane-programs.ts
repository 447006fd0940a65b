// The programs of the control plane and their flags, as data.
import { join } from 'node:path';
import type { Binaries } from '../binaries/binaries.ts';
import type { Certificates } from './certificates.ts';
import type { ProgramSpec } from './programs.ts';

export type ControlPlane = {
  readonly binaries: Binaries;
  readonly directory: string;
  readonly certificates: Certificates;
  readonly tokenFile: string;
  readonly auditPolicy: string | undefined;
  readonly kubeconfigs: { readonly controllerManager: string; readonly scheduler: string };
};

/** Where the API server listens, and what it tells Pods: an address of theirs, or none in a cluster without a network. */
export type Listen = {
  readonly bind: string;
  readonly port: number;
  readonly podsReachIt: boolean;
};

/** In ranges reserved for tests of networks (RFC 2544), which no real network uses. */
export const addresses = {
  pods: '198.18.0.0/24',
  gateway: '198.18.0.1',
  services: '198.18.128.0/20',
  firstService: '198.18.128.1',
} as const;

// etcd wants `host:port` in any URL, and takes it as a file name in its working directory. A socket in a private folder
// needs no port, and no other user of the machine can open it.
const etcdSocket = 'unix://etcd:0';
const etcdPeerSocket = 'unix://etcd-peer:0';

export function etcd({ binaries, directory }: ControlPlane): ProgramSpec {
  return {
    name: 'etcd',
    argv: [
      binaries.path('etcd'),
      `--data-dir=${join(directory, 'etcd')}`,
      `--listen-client-urls=${etcdSocket}`,
      `--advertise-client-urls=${etcdSocket}`,
      `--listen-peer-urls=${etcdPeerSocket}`,
      `--initial-advertise-peer-urls=${etcdPeerSocket}`,
      `--initial-cluster=default=${etcdPeerSocket}`,
      '--log-level=warn',
      // The data is thrown away with the cluster.
      '--unsafe-no-fsync',
    ],
  };
}

export function apiServer(plane: ControlPlane, listen: Listen): ProgramSpec {
  const { binaries, directory, certificates, tokenFile, auditPolicy } = plane;
  return {
    name: 'kube-apiserver',
    argv: [
      binaries.path('kube-apiserver'),
      `--etcd-servers=${etcdSocket}`,
      `--bind-address=${listen.bind}`,
      `--secure-port=${listen.port}`,
      // Without it a machine that has no network gives no address, and the API server does not start.
      `--advertise-address=${addresses.gateway}`,
      ...(listen.podsReachIt ? [] : ['--endpoint-reconciler-type=none']),
      // Webhook Services are called at their endpoints: the API server's own host runs no kube-proxy, or need not wait for it.
      '--enable-aggregator-routing=true',
      `--service-cluster-ip-range=${addresses.services}`,
      '--authorization-mode=Node,RBAC',
      `--token-auth-file=${tokenFile}`,
      `--cert-dir=${join(directory, 'pki')}`,
      `--tls-cert-file=${certificates.servingCertificate}`,
      `--tls-private-key-file=${certificates.servingKey}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${certificates.serviceAccountPublicKey}`,
      `--service-account-signing-key-file=${certificates.serviceAccountKey}`,
      '--kubelet-preferred-address-types=InternalIP',
      `--kubelet-client-certificate=${certificates.kubeletClientCertificate}`,
      `--kubelet-client-key=${certificates.kubeletClientKey}`,
      ...(auditPolicy === undefined
        ? []
        : [
            `--audit-policy-file=${auditPolicy}`,
            `--audit-log-path=${join(directory, 'audit.log')}`,
            '--audit-log-format=json',
          ]),
    ],
  };
}

export function controllerManager({
  binaries,
  directory,
  certificates,
  kubeconfigs,
}: ControlPlane): ProgramSpec {
  return {
    name: 'kube-controller-manager',
    argv: [
      binaries.path('kube-controller-manager'),
      `--kubeconfig=${kubeconfigs.controllerManager}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--use-service-account-credentials',
      `--service-account-private-key-file=${certificates.serviceAccountKey}`,
      `--root-ca-file=${certificates.caFile}`,
      `--flex-volume-plugin-dir=${join(directory, 'flex-volumes')}`,
      // With the default of 20 the first rollout on a fresh cluster takes twice as long.
      '--kube-api-qps=500',
      '--kube-api-burst=500',
    ],
  };
}

export function scheduler({ binaries, kubeconfigs }: ControlPlane): ProgramSpec {
  return {
    name: 'kube-scheduler',
    argv: [
      binaries.path('kube-scheduler'),
      `--kubeconfig=${kubeconfigs.scheduler}`,
      '--leader-elect=false',
      '--secure-port=0',
    ],
  };
}
