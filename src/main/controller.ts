// The controller: sync and reloader behind one Lease. Standbys only wait for it.
import type { ControllerConfig } from '../config.ts';
import { connectionFromKubeconfig } from '../kube/connection.ts';
import { createEventRecorder } from '../kube/events.ts';
import { createKube } from '../kube/http.ts';
import { runWithLease } from '../kube/lease.ts';
import { systemClock } from '../lib/clock.ts';
import { createReloader } from '../reloader/reloader.ts';
import { createPressure } from '../sync/pressure/pressure.ts';
import { createSync } from '../sync/sync.ts';
import { version } from '../version.ts';
import { openGitAccess } from './git-access.ts';
import { serveHealth } from './health-server.ts';
import { requestMetrics } from './kube-metrics.ts';
import { runProcess, runTogether } from './process.ts';

/** Runs until SIGTERM or SIGINT; gives the exit code of the process. */
export async function runController(config: ControllerConfig): Promise<number> {
  const options = {
    program: 'controller',
    identity: config.identity,
    logLevel: config.logLevel,
    stopSeconds: 20,
  };
  return runProcess(options, async ({ log, registry, signal }) => {
    const clock = systemClock;
    const access = await openGitAccess(config, log);
    const connection = await connectionFromKubeconfig(config.kubeconfig);
    const kube = createKube(connection, {
      clock,
      userAgent: `confroll-controller/${version}`,
      onRequest: requestMetrics(registry),
    });
    const events = createEventRecorder({ kube, clock, log, component: 'confroll-controller' });
    const { namespaces, namespace, identity, serviceAccount, budgets } = config;
    const pressure = createPressure({ clock, log, registry });
    const lead = async (leading: AbortSignal): Promise<void> => {
      const sync = createSync({
        kube,
        clock,
        log,
        events,
        registry,
        namespaces,
        serviceAccount: { namespace, name: serviceAccount },
        ...access,
        pressure,
        budgets,
      });
      const reloader = createReloader({ kube, clock, log, events, registry, namespaces, version });
      await runTogether(leading, sync.run, reloader.run);
    };
    const lease = { kube, clock, log, namespace, name: 'confroll-controller', identity };
    // A standby is ready too: readiness gates a rolling update of the controller, nobody sends it traffic.
    const ready = () => ({ ready: true }) as const;
    try {
      await runTogether(
        signal,
        pressure.run,
        (stopping) => runWithLease({ ...lease, signal: stopping }, lead),
        (stopping) => serveHealth({ port: config.healthPort, registry, ready, log }, stopping),
      );
    } finally {
      // What happened just before the end must still be told; three seconds are enough for a healthy API server.
      await events.drain(AbortSignal.timeout(3_000));
      kube.close();
    }
  });
}
