// The webhook as one part: caches, certificates and server, wired. Every replica serves.
import { once } from 'node:events';
import type { Server } from 'node:https';
import type { Registry } from 'prom-client';
import type { Kube } from '../kube/api.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { createCertificateKeeper } from './certificates/keeper.ts';
import type { Leaf } from './certificates/verify.ts';
import { createWebhookMetrics } from './metrics.ts';
import { withinNamespaces } from './namespaces.ts';
import { createPodAdmission } from './pods.ts';
import { closeServer, createAdmissionServer } from './server.ts';
import { createSources } from './sources.ts';
import { createWorkloadAdmission } from './workloads.ts';

export type WebhookDeps = {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  readonly namespaces: readonly string[] | 'all';
  readonly version: string;
  /** confroll's own: here is the Secret of the authority, and the Service. */
  readonly namespace: string;
  readonly serviceName: string;
  /** More names of the certificate, beside the Service's. */
  readonly hosts?: readonly string[];
  /** 0 picks a free one; `port()` tells. */
  readonly port: number;
  readonly listenHost?: string;
  /** Keeps serving this long after it was told to stop, because API servers learn late of changed endpoints. */
  readonly drainSeconds: number;
};

export type Webhook = {
  /** Until the signal fires and the drain is over. Rejects when the port cannot be had. */
  run(signal: AbortSignal): Promise<void>;
  ready(): { readonly ready: true } | { readonly ready: false; readonly why: string };
  /** The port it listens at; undefined before. */
  port(): number | undefined;
};

// A handler takes milliseconds; what is still under way after the drain waits for a client, not for us.
const closeGraceMilliseconds = 3_000;

export function createWebhook(deps: WebhookDeps): Webhook {
  const { kube, clock, log, namespaces } = deps;
  let server: Server | undefined;
  let stopping = false;
  let leaf: Leaf | undefined;
  const certified = Promise.withResolvers<void>();
  const sources = createSources({ kube, clock, log, namespaces });
  const certificates = createCertificateKeeper({
    kube,
    clock,
    log,
    namespace: deps.namespace,
    hosts: [`${deps.serviceName}.${deps.namespace}.svc`, ...(deps.hosts ?? [])],
    onLeaf(made) {
      leaf = made;
      certified.resolve();
      server?.setSecureContext({ cert: made.certificate, key: made.key, minVersion: 'TLSv1.2' });
    },
  });
  const metrics = createWebhookMetrics(deps.registry, {
    leafEndsAt: certificates.leafEndsAt,
    ready: () => ready().ready,
  });
  const pods = { sources, log, version: deps.version, onMismatch: () => metrics.mismatched('/pods') };
  const workloads = { sources, log, onMismatch: () => metrics.mismatched('/workloads') };

  return { run, ready, port: () => portOf(server) };

  async function run(signal: AbortSignal): Promise<void> {
    // Caches and certificates go on until the drain is over.
    const over = new AbortController();
    const parts = [
      serve(AbortSignal.any([signal, over.signal])),
      sources.run(over.signal),
      certificates.run(over.signal),
    ];
    const ended = await Promise.allSettled(parts.map((part) => part.finally(() => over.abort())));
    const failed = ended.find((part) => part.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async function serve(signal: AbortSignal): Promise<void> {
    const aborted = signal.aborted ? Promise.resolve() : once(signal, 'abort');
    await Promise.race([certified.promise, aborted]);
    if (signal.aborted || leaf === undefined) return;
    const listening = createAdmissionServer(leaf, {
      admissions: {
        '/pods': withinNamespaces(namespaces, createPodAdmission(pods)),
        '/workloads': withinNamespaces(namespaces, createWorkloadAdmission(workloads)),
      },
      log,
      onAnswer: metrics.answered,
      monotonic: clock.monotonic,
      draining: () => stopping,
    });
    server = listening;
    listening.on('tlsClientError', (error) => log.debug({ err: error }, 'TLS handshake failed'));
    listening.listen(deps.port, deps.listenHost);
    await once(listening, 'listening');
    log.info({ port: portOf(listening) }, 'webhook listening');
    await aborted;
    stopping = true;
    log.info({ seconds: deps.drainSeconds }, 'draining');
    await clock.sleep(deps.drainSeconds * 1000, new AbortController().signal);
    await closeServer(listening, closeGraceMilliseconds);
  }

  function ready(): ReturnType<Webhook['ready']> {
    const why = notReadyBecause();
    return why === undefined ? { ready: true } : { ready: false, why };
  }

  function notReadyBecause(): string | undefined {
    if (stopping) return 'stopping';
    if (!sources.synced()) return 'GitConfigs and Snapshots have not been read yet';
    return certificates.notReadyBecause() ?? (server?.listening === true ? undefined : 'not listening yet');
  }
}

function portOf(server: Server | undefined): number | undefined {
  const address = server?.address();
  return typeof address === 'object' ? address?.port : undefined;
}
