// Leader election by a Lease: at most one process leads at a time, whatever the wall clocks of the machines say. It is
// one file past the usual size because its parts are one protocol: take, renew, step down in time, release.
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Kube } from './api.ts';
import { isKubeStatus, KubeError } from './kube-error.ts';
import { createLeaseRecord, type Lease, type LeaseRecord, microTime } from './lease-record.ts';

export type LeaseOptions = {
  readonly kube: Pick<Kube, 'get' | 'create' | 'patch'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  readonly name: string;
  /** Unlike any other candidate's. */
  readonly identity: string;
  /** Another may take a Lease that was not renewed for this long; a whole number. Default 15 s. */
  readonly leaseSeconds?: number;
  readonly signal: AbortSignal;
};

// As every controller of Kubernetes itself: a crash costs at most 18 s, an API server that is away for 10 s nothing.
const defaultLeaseSeconds = 15;

/**
 * Waits for the Lease, then runs `lead` under a signal that fires after two thirds of the lease time without a renewal:
 * before anybody else could take it. Releases the Lease when `signal` fires or `lead` ends, and then resolves. Rejects
 * with what `lead` rejects with, and when the Lease is lost; then `lead` was given a third of the lease time to end.
 */
export async function runWithLease(
  options: LeaseOptions,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { clock, signal, log, name } = options;
  const candidate = createCandidate(options);
  const holding = await acquire(candidate);
  if (holding === undefined) return;
  log.info({ lease: name, identity: options.identity }, 'leading');
  const leading = new AbortController();
  const forward = (): void => leading.abort(signal.reason);
  signal.addEventListener('abort', forward, { once: true });
  if (signal.aborted) forward();
  const done = new AbortController();
  const work = settled(lead(leading.signal));
  const outcome = await Promise.race([work, keep(candidate, holding, done.signal)]);
  done.abort();
  signal.removeEventListener('abort', forward);
  if (outcome.kind === 'lost') {
    leading.abort(outcome.error);
    const late = new AbortController();
    await Promise.race([work, slept(clock, candidate.graceMilliseconds, late.signal)]);
    late.abort();
    throw outcome.error;
  }
  await release(candidate, holding);
  if (outcome.kind === 'failed' && outcome.error !== signal.reason) throw outcome.error;
}

type Candidate = LeaseOptions & {
  readonly record: LeaseRecord;
  readonly leaseSeconds: number;
  readonly retryMilliseconds: number;
  readonly renewDeadlineMilliseconds: number;
  readonly graceMilliseconds: number;
};

type Holding = {
  resourceVersion: string;
  /** Monotonic time just before the last successful request was sent: nobody saw the renewal earlier. */
  renewedAt: number;
};

type Outcome =
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'lost'; readonly error: Error };

/** 15 s give: renew every 2 s, step down after 10 s, 5 s for what runs to end. */
function createCandidate(options: LeaseOptions): Candidate {
  const { leaseSeconds = defaultLeaseSeconds } = options;
  const third = (leaseSeconds * 1000) / 3;
  // A request that hangs leaves time for another one before the deadline.
  const record = createLeaseRecord({ ...options, requestMilliseconds: third });
  return {
    ...options,
    record,
    leaseSeconds,
    retryMilliseconds: third * 0.4,
    renewDeadlineMilliseconds: third * 2,
    graceMilliseconds: third,
  };
}

/** Undefined when the signal fired first. */
async function acquire(candidate: Candidate): Promise<Holding | undefined> {
  const { clock, signal, log, name, identity, record, retryMilliseconds } = candidate;
  let seen: { readonly resourceVersion: string; readonly at: number } | undefined;
  while (!signal.aborted) {
    try {
      const lease = await record.read(signal);
      if (lease === undefined) return await take(candidate, undefined);
      if (seen?.resourceVersion !== lease.resourceVersion) {
        seen = { resourceVersion: lease.resourceVersion, at: clock.monotonic() };
      }
      // Not by the times that are written there: two machines need not agree on what time it is.
      const expired = clock.monotonic() - seen.at > lease.durationSeconds * 1000;
      const free = lease.holder === '' || lease.holder === identity || expired;
      if (free) return await take(candidate, lease);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof KubeError)) throw error;
      const faster = isKubeStatus(error, 409);
      if (!faster) log.warn({ err: error, lease: name }, 'the Lease cannot be read or taken, trying again');
    }
    await slept(clock, retryMilliseconds * (1 + clock.random() / 5), signal);
  }
  return undefined;
}

async function take({ clock, identity, leaseSeconds, record, signal }: Candidate, lease: Lease | undefined) {
  const renewedAt = clock.monotonic();
  const now = microTime(clock.now());
  const spec = {
    holderIdentity: identity,
    leaseDurationSeconds: leaseSeconds,
    acquireTime: now,
    renewTime: now,
    leaseTransitions: lease === undefined ? 0 : lease.transitions + (lease.holder === identity ? 0 : 1),
  };
  const taken =
    lease === undefined
      ? await record.create(spec, signal)
      : await record.change(lease.resourceVersion, spec, signal);
  return { resourceVersion: taken.resourceVersion, renewedAt };
}

/** Renews until `done` fires, and then never settles; resolves when the Lease is lost. */
async function keep(candidate: Candidate, holding: Holding, done: AbortSignal): Promise<Outcome> {
  const stop = new AbortController();
  done.addEventListener('abort', () => stop.abort(), { once: true });
  const error = await Promise.race([
    expiry(candidate, holding, stop.signal),
    renewals(candidate, holding, stop.signal),
  ]);
  stop.abort();
  return { kind: 'lost', error };
}

// Apart from the renewals, so that a request that hangs cannot delay it.
async function expiry(candidate: Candidate, holding: Holding, stop: AbortSignal): Promise<Error> {
  const { clock, name, renewDeadlineMilliseconds } = candidate;
  for (;;) {
    const left = holding.renewedAt + renewDeadlineMilliseconds - clock.monotonic();
    if (left <= 0) break;
    if (!(await slept(clock, left, stop))) return await never();
  }
  const seconds = renewDeadlineMilliseconds / 1000;
  return new Error(`Lease ${name} could not be renewed for ${seconds} s, stepping down`);
}

async function renewals(candidate: Candidate, holding: Holding, stop: AbortSignal): Promise<Error> {
  const { clock, log, name, identity, record, retryMilliseconds } = candidate;
  while (await slept(clock, retryMilliseconds, stop)) {
    try {
      await renew(candidate, holding, stop);
    } catch (error) {
      if (stop.aborted) break;
      if (!isKubeStatus(error, 404, 409)) {
        log.warn({ err: error, lease: name }, 'the Lease was not renewed, trying again');
        continue;
      }
      // Deleted, or written by another, or by a request of ours whose answer was lost.
      const found = await record.read(stop).catch(() => 'unknown' as const);
      if (found === 'unknown') continue;
      if (found?.holder !== identity) {
        return new Error(`Lease ${name} now belongs to ${found?.holder || 'nobody'}, stepping down`);
      }
      holding.resourceVersion = found.resourceVersion;
    }
  }
  return await never();
}

async function renew({ clock, record }: Candidate, holding: Holding, stop: AbortSignal): Promise<void> {
  const sentAt = clock.monotonic();
  const lease = await record.change(holding.resourceVersion, { renewTime: microTime(clock.now()) }, stop);
  holding.resourceVersion = lease.resourceVersion;
  holding.renewedAt = sentAt;
}

/** So that the next one need not wait. Never rejects: without it the next one waits for the lease time. */
async function release(candidate: Candidate, holding: Holding): Promise<void> {
  const { clock, log, name, identity, record } = candidate;
  const spec = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock.now()) };
  const { signal } = new AbortController(); // the caller's has fired; each request has its deadline
  try {
    await record.change(holding.resourceVersion, spec, signal).catch(async (error: unknown) => {
      // A renewal may have been under way: what counts is who holds it now.
      const found = isKubeStatus(error, 409) ? await record.read(signal) : undefined;
      if (found?.holder !== identity) throw error;
      await record.change(found.resourceVersion, spec, signal);
    });
    log.info({ lease: name }, 'Lease released');
  } catch (error) {
    log.warn(
      { err: error, lease: name },
      'the Lease was not released, the next leader waits until it expires',
    );
  }
}

function settled(work: Promise<void>): Promise<Outcome> {
  return work.then(
    () => ({ kind: 'ended' }) as const,
    (error: unknown) => ({ kind: 'failed', error }) as const,
  );
}

/** False when the signal fired before the time was over. */
async function slept(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return await clock.sleep(milliseconds, signal).then(
    () => true,
    () => false,
  );
}

function never(): Promise<never> {
  return new Promise(() => {});
}
