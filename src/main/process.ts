// What both programs have in common: a logger, metrics, a signal that fires at SIGTERM or SIGINT, and an exit code.
import { once } from 'node:events';
import process from 'node:process';
import { pino } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Log } from '../lib/log.ts';
import { version } from '../version.ts';

export type ProcessParts = {
  readonly log: Log;
  readonly registry: Registry;
  /** Fires at the first SIGTERM or SIGINT, or when a part has failed. */
  readonly signal: AbortSignal;
};

/**
 * Runs `body` until it ends or a stop signal comes. Exit code 0 after an orderly stop, 1 when a part failed (its error
 * is logged), 1 when an orderly stop took longer than `stopSeconds`.
 */
export async function runProcess(
  options: {
    readonly program: string;
    readonly identity: string;
    readonly logLevel: string;
    readonly stopSeconds: number;
  },
  body: (parts: ProcessParts) => Promise<void>,
): Promise<number> {
  const log = pino({
    level: options.logLevel,
    base: { program: options.program, identity: options.identity },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  });
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const stop = new AbortController();
  void stopAtSignal(stop, log, options.stopSeconds);
  log.info({ version }, 'starting');
  try {
    await body({ log, registry, signal: stop.signal });
    log.info({}, 'stopped');
    return 0;
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return 0;
    log.error({ err: error }, 'stopping after a failure');
    return 1;
  }
}

async function stopAtSignal(stop: AbortController, log: Log, stopSeconds: number): Promise<void> {
  const name = await Promise.race([
    once(process, 'SIGTERM').then(() => 'SIGTERM'),
    once(process, 'SIGINT').then(() => 'SIGINT'),
  ]);
  log.info({ signal: name }, 'stopping');
  // Whatever hangs must not make Kubernetes wait for its own SIGKILL.
  setTimeout(() => process.exit(1), stopSeconds * 1000).unref();
  stop.abort(new Error(`stopped by ${name}`));
}

/** Runs all until the first of them ends or fails; the others are then told to stop and waited for. */
export async function runTogether(
  signal: AbortSignal,
  ...parts: readonly ((signal: AbortSignal) => Promise<void>)[]
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const running = parts.map((part) => part(either).finally(() => stop.abort()));
  const results = await Promise.allSettled(running);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined && !signal.aborted) throw failed.reason;
}
