// Who we are inside a cluster, from the mounted service account. Without the Kubernetes SDK, so that the webhook's
// bundle does not hold it.
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Connection } from './api.ts';

// The kubelet renews a token when 80 % of its life (at least 10 minutes) are over: a minute is soon enough.
const tokenMilliseconds = 60_000;

/** Rejects when there is no such service account. A token that cannot be read anew later is used on. */
export async function connectionFromServiceAccount(options: {
  /** Holds `token` and `ca.crt`. */
  readonly directory: string;
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. */
  readonly host: string;
  readonly port: string;
  readonly clock: Pick<Clock, 'monotonic'>;
}): Promise<Connection> {
  const { directory, host, port, clock } = options;
  if (host === '' || port === '') {
    throw new Error(
      'no API server: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; is this a Pod of a cluster?',
    );
  }
  const ca = await readMounted(directory, 'ca.crt');
  let token = await readMounted(directory, 'token');
  let readAt = clock.monotonic();
  return {
    server: new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`),
    tls: { ca },
    async headers() {
      if (clock.monotonic() - readAt >= tokenMilliseconds) {
        readAt = clock.monotonic();
        token = await readMounted(directory, 'token').catch(() => token);
      }
      return { authorization: `Bearer ${token}` };
    },
  };
}

async function readMounted(directory: string, name: string): Promise<string> {
  const path = join(directory, name);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(`cannot read ${path}: mount a service account token into this Pod`, { cause: error });
  });
  if (text.trim() === '') throw new Error(`${path} is empty`);
  return text.trim();
}
