// Who may speak to the API server: a random token for each program and for the admin, and kubeconfigs that hold them.
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const users = {
  admin: { name: 'admin', group: 'system:masters' },
  controllerManager: { name: 'system:kube-controller-manager', group: '' },
  scheduler: { name: 'system:kube-scheduler', group: '' },
  kubelet: { name: 'system:node:node1', group: 'system:nodes' },
  proxy: { name: 'system:kube-proxy', group: '' },
  /** Not the admin, so that an audit log tells its writes from the caller's. */
  simulatedNodes: { name: 'kwok', group: 'system:masters' },
} as const;

export type User = keyof typeof users;
export type Tokens = Readonly<Record<User, string>>;

const random = (): string => randomBytes(24).toString('hex');

export function makeTokens(): Tokens {
  return {
    admin: random(),
    controllerManager: random(),
    scheduler: random(),
    kubelet: random(),
    proxy: random(),
    simulatedNodes: random(),
  };
}

/** The file for the API server's --token-auth-file: token, name, uid, groups. */
export async function writeTokenFile(folder: string, tokens: Tokens): Promise<string> {
  const rows: readonly (readonly [string, { name: string; group: string }])[] = [
    [tokens.admin, users.admin],
    [tokens.controllerManager, users.controllerManager],
    [tokens.scheduler, users.scheduler],
    [tokens.kubelet, users.kubelet],
    [tokens.proxy, users.proxy],
    [tokens.simulatedNodes, users.simulatedNodes],
  ];
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'tokens.csv');
  const lines = rows.map(([token, user]) => `${token},${user.name},${user.name},"${user.group}"\n`);
  await writeFile(file, lines.join(''), { mode: 0o600 });
  return file;
}

/** A kubeconfig with one context. JSON is YAML, so every client reads it. */
export async function writeKubeconfig(
  file: string,
  access: { readonly server: string; readonly ca: string; readonly token: string },
): Promise<string> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'confroll',
        cluster: {
          server: access.server,
          'certificate-authority-data': Buffer.from(access.ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'user', user: { token: access.token } }],
    contexts: [{ name: 'confroll', context: { cluster: 'confroll', user: 'user' } }],
    'current-context': 'confroll',
  };
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return file;
}
