// Who we are and where the API server is, from a kubeconfig or the mounted service account: the only use of the
// Kubernetes SDK, for its loading rules, token files and credential plugins.
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { isRecord } from '../lib/json.ts';
import type { Connection } from './api.ts';

/** Without a path: KUBECONFIG, ~/.kube/config, or the mounted service account, in this order. Rejects with what to do. */
export async function connectionFromKubeconfig(path?: string): Promise<Connection> {
  const config = load(path);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(
      `context "${config.getCurrentContext()}" of the kubeconfig names no cluster; choose one with "kubectl config use-context"`,
    );
  }
  const server = new URL(cluster.server);
  if (server.protocol !== 'https:') {
    throw new Error(
      `no usable kubeconfig: the API server would be ${server.origin}, and only https is spoken; set KUBECONFIG or pass a kubeconfig`,
    );
  }
  if (cluster.proxyUrl !== undefined && cluster.proxyUrl !== '') {
    throw new Error(
      `cluster "${cluster.name}" of the kubeconfig has a proxy-url, which is not supported; reach the API server directly`,
    );
  }
  const options = await credentials(config);
  return {
    server,
    tls: {
      ca: pem(options.ca),
      cert: pem(options.cert),
      key: pem(options.key),
      serverName: cluster.tlsServerName,
      insecure: cluster.skipTLSVerify,
    },
    headers: async () => requestHeaders(await credentials(config)),
  };
}

function load(path: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (error) {
    // A parser quotes the lines that it does not understand, and they may hold a token: only system errors are told.
    const code = isRecord(error) && typeof error.code === 'string' ? error.code : 'not a kubeconfig';
    throw new Error(`cannot load the kubeconfig ${path ?? 'of KUBECONFIG or ~/.kube/config'}: ${code}`);
  }
  return config;
}

// Asked for on each request: the SDK reads token files anew each minute and runs plugins when their token expires.
async function credentials(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch {
    // What a plugin printed may be a credential, so neither its output nor the original error is passed on.
    const command: unknown = config.getCurrentUser()?.exec?.command;
    throw new Error(
      typeof command === 'string'
        ? `the credential plugin "${command}" of the kubeconfig failed; run it by hand to see why`
        : 'the credentials of the kubeconfig cannot be read; check that the files it names exist',
    );
  }
  return options;
}

function requestHeaders(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (typeof value === 'string') headers[name.toLowerCase()] = value;
  }
  if (typeof options.auth === 'string') {
    headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return headers;
}

function pem(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return Buffer.isBuffer(value) ? value.toString('utf8') : undefined;
}
