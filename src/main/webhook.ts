// The webhook: every replica serves. Neither the Kubernetes SDK nor Git code is reachable from here.
import type { WebhookConfig } from '../config.ts';
import { createKube } from '../kube/http.ts';
import { connectionFromServiceAccount } from '../kube/service-account.ts';
import { systemClock } from '../lib/clock.ts';
import { version } from '../version.ts';
import { createWebhook } from '../webhook/webhook.ts';
import { serveHealth } from './health-server.ts';
import { requestMetrics } from './kube-metrics.ts';
import { runProcess, runTogether } from './process.ts';

/** Runs until SIGTERM or SIGINT, and then drains; gives the exit code of the process. */
export async function runWebhook(config: WebhookConfig): Promise<number> {
  const stopSeconds = config.drainSeconds + 10;
  const options = { program: 'webhook', identity: config.identity, logLevel: config.logLevel, stopSeconds };
  return runProcess(options, async ({ log, registry, signal }) => {
    const clock = systemClock;
    const connection = await connectionFromServiceAccount({
      directory: config.serviceAccountDirectory,
      host: config.apiServer.host,
      port: config.apiServer.port,
      clock,
    });
    const kube = createKube(connection, {
      clock,
      userAgent: `confroll-webhook/${version}`,
      onRequest: requestMetrics(registry),
    });
    const webhook = createWebhook({
      kube,
      clock,
      log,
      registry,
      version,
      namespaces: config.namespaces,
      namespace: config.namespace,
      serviceName: config.serviceName,
      hosts: config.hosts,
      port: config.port,
      drainSeconds: config.drainSeconds,
    });
    try {
      await runTogether(signal, webhook.run, (stopping) =>
        serveHealth({ port: config.healthPort, registry, ready: webhook.ready, log }, stopping),
      );
    } finally {
      kube.close();
    }
  });
}
