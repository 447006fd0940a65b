// Leader election by a Lease: exactly one process leads at a time, as long as the clocks that measure *durations* agree.
// It is one file past the usual size because its parts are one protocol: take, renew, step down in time, release.
import type { Clock } from '../lib/clock.ts';
import { runWithDeadline } from '../lib/deadline.ts';
import { isRecord } from '../lib/json.ts';
import type { Log } from '../lib/log.ts';
import type { Kube } from './api.ts';
import { isKubeStatus, KubeError } from './kube-error.ts';
import { parseKubeObject } from './parse.ts';
import { resources } from './resources.ts';

export type LeaseOptions = {
  readonly kube: Pick<Kube, 'get' | 'create' | 'patch'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  readonly name: string;
  /** Unlike any other candidate's. */
  readonly identity: string;
  /** Another may take a Lease that was not renewed for this long. Default 15 s. */
  readonly leaseSeconds?: number;
  readonly signal: AbortSignal;
};

// As every controller of Kubernetes itself: a crash costs at most 17 s, an API server that is away for 10 s nothing.
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
  const { signal, log, name } = options;
  const holding = await acquire(options);
  if (holding === undefined) return;
  log.info({ lease: name, identity: options.identity }, 'leading');
  const leading = new AbortController();
  const forward = (): void => leading.abort(signal.reason);
  signal.addEventListener('abort', forward, { once: true });
  if (signal.aborted) forward();
  const done = new AbortController();
  const work = settled(lead(leading.signal));
  const outcome = await Promise.race([work, keep(options, holding, done.signal)]);
  done.abort();
  signal.removeEventListener('abort', forward);
  if (outcome.kind === 'lost') {
    leading.abort(outcome.error);
    await atMost(options, timing(options).graceMilliseconds, work);
    throw outcome.error;
  }
  await release(options, holding);
  if (outcome.kind === 'failed' && outcome.error !== signal.reason) throw outcome.error;
}

type Outcome =
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'lost'; readonly error: Error };

type Holding = {
  resourceVersion: string;
  /** Monotonic time just before the last successful request was sent: nobody saw the renewal earlier. */
  renewedAt: number;
};

/** 15 s give: renew every 2 s, step down after 10 s, 5 s for what runs to end. */
function timing({ leaseSeconds = defaultLeaseSeconds }: LeaseOptions) {
  const third = (leaseSeconds * 1000) / 3;
  return {
    leaseSeconds,
    retryMilliseconds: third * 0.4,
    renewDeadlineMilliseconds: third * 2,
    graceMilliseconds: third,
    // A request that hangs must leave time for another one before the deadline.
    requestMilliseconds: third,
  };
}

/** Undefined when the signal fired first. */
async function acquire(options: LeaseOptions): Promise<Holding | undefined> {
  const { clock, signal, log, name } = options;
  const { retryMilliseconds } = timing(options);
  let seen: { readonly resourceVersion: string; readonly at: number } | undefined;
  while (!signal.aborted) {
    try {
      const lease = await request(options, signal, (inner) =>
        options.kube.get(ref(options), parseLease, { signal: inner }),
      );
      if (lease === undefined) return await create(options);
      if (seen?.resourceVersion !== lease.resourceVersion) {
        seen = { resourceVersion: lease.resourceVersion, at: clock.monotonic() };
      }
      // Not the times that are written there: two machines need not agree on what time it is.
      const expired = clock.monotonic() - seen.at > lease.durationSeconds * 1000;
      if (lease.holder === '' || lease.holder === options.identity || expired)
        return await take(options, lease);
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof KubeError)) throw error;
      // 409: another candidate was faster.
      if (!isKubeStatus(error, 409))
        log.warn({ err: error, lease: name }, 'the Lease cannot be read or taken');
    }
    await clock.sleep(retryMilliseconds * (1 + clock.random() / 5), signal).catch(() => {}); // aborted: the loop ends
  }
  return undefined;
}

async function create(options: LeaseOptions): Promise<Holding> {
  const { kube, clock, namespace, name, identity, signal } = options;
  const renewedAt = clock.monotonic();
  const now = microTime(clock.now());
  const body = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: timing(options).leaseSeconds,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    },
  };
  const lease = await request(options, signal, (inner) =>
    kube.create({ resource: resources.leases, namespace }, body, parseLease, write(inner)),
  );
  return { resourceVersion: lease.resourceVersion, renewedAt };
}

async function take(options: LeaseOptions, lease: Lease): Promise<Holding> {
  const now = microTime(options.clock.now());
  const holding = { resourceVersion: lease.resourceVersion, renewedAt: 0 };
  await change(options, options.signal, holding, {
    holderIdentity: options.identity,
    leaseDurationSeconds: timing(options).leaseSeconds,
    acquireTime: now,
    renewTime: now,
    leaseTransitions: lease.transitions + (lease.holder === options.identity ? 0 : 1),
  });
  return holding;
}

/** Renews until `done` fires, and then never settles; resolves when the Lease is lost. */
async function keep(options: LeaseOptions, holding: Holding, done: AbortSignal): Promise<Outcome> {
  const stop = new AbortController();
  const forward = (): void => stop.abort();
  done.addEventListener('abort', forward, { once: true });
  const error = await Promise.race([
    expiry(options, holding, stop.signal),
    renewals(options, holding, stop.signal),
  ]);
  done.removeEventListener('abort', forward);
  stop.abort();
  return { kind: 'lost', error };
}

// Apart from the renewals, so that a request that hangs cannot delay it.
async function expiry(options: LeaseOptions, holding: Holding, stop: AbortSignal): Promise<Error> {
  const { clock, name } = options;
  const { renewDeadlineMilliseconds } = timing(options);
  for (;;) {
    const left = holding.renewedAt + renewDeadlineMilliseconds - clock.monotonic();
    if (left <= 0) break;
    if (!(await slept(clock, left, stop))) return await never();
  }
  return new Error(
    `Lease ${name} could not be renewed for ${renewDeadlineMilliseconds / 1000} s, stepping down`,
  );
}

async function renewals(options: LeaseOptions, holding: Holding, stop: AbortSignal): Promise<Error> {
  const { clock, log, name, kube, identity } = options;
  while (await slept(clock, timing(options).retryMilliseconds, stop)) {
    try {
      await change(options, stop, holding, { renewTime: microTime(clock.now()) });
    } catch (error) {
      if (stop.aborted) break;
      if (!isKubeStatus(error, 404, 409)) {
        log.warn({ err: error, lease: name }, 'the Lease was not renewed, trying again');
        continue;
      }
      // Written by another, or by a request of ours whose answer was lost.
      const lease = await request(options, stop, (inner) =>
        kube.get(ref(options), parseLease, { signal: inner }),
      ).catch(() => holding);
      if (lease === undefined) return new Error(`Lease ${name} was deleted, stepping down`);
      if ('holder' in lease && lease.holder !== identity) {
        return new Error(`Lease ${name} was taken by ${lease.holder || 'nobody'}, stepping down`);
      }
      holding.resourceVersion = lease.resourceVersion;
    }
  }
  return await never();
}

/** So that the next one need not wait. Never rejects: whoever comes next waits for the lease time instead. */
async function release(options: LeaseOptions, holding: Holding): Promise<void> {
  const { clock, log, name } = options;
  const spec = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock.now()) };
  try {
    await change(options, new AbortController().signal, holding, spec);
    log.info({ lease: name }, 'Lease released');
  } catch (error) {
    log.warn(
      { err: error, lease: name },
      'the Lease was not released, the next leader waits until it expires',
    );
  }
}

/** Compare-and-set on the resourceVersion: 409 when anybody wrote since. */
async function change(
  options: LeaseOptions,
  signal: AbortSignal,
  holding: Holding,
  spec: object,
): Promise<void> {
  const sentAt = options.clock.monotonic();
  const body = { metadata: { resourceVersion: holding.resourceVersion }, spec };
  const lease = await request(options, signal, (inner) =>
    options.kube.patch(ref(options), { kind: 'merge', body }, parseLease, write(inner)),
  );
  holding.resourceVersion = lease.resourceVersion;
  holding.renewedAt = sentAt;
}

async function request<T>(
  options: LeaseOptions,
  signal: AbortSignal,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, name } = options;
  const milliseconds = timing(options).requestMilliseconds;
  const timeoutReason = (): KubeError =>
    new KubeError(`no answer within ${milliseconds} ms`, {
      status: 0,
      reason: 'Timeout',
      request: `Lease ${name}`,
    });
  return await runWithDeadline({ clock, signal, milliseconds, timeoutReason }, send);
}

type Lease = {
  readonly resourceVersion: string;
  readonly holder: string;
  readonly durationSeconds: number;
  readonly transitions: number;
};

function parseLease(raw: unknown): Lease {
  const { metadata } = parseKubeObject(raw);
  const spec = isRecord(raw) && isRecord(raw.spec) ? raw.spec : {};
  return {
    resourceVersion: metadata.resourceVersion ?? '',
    holder: typeof spec.holderIdentity === 'string' ? spec.holderIdentity : '',
    durationSeconds:
      typeof spec.leaseDurationSeconds === 'number' ? spec.leaseDurationSeconds : defaultLeaseSeconds,
    transitions: typeof spec.leaseTransitions === 'number' ? spec.leaseTransitions : 0,
  };
}

function ref({ namespace, name }: LeaseOptions) {
  return { resource: resources.leases, namespace, name };
}

function write(signal: AbortSignal) {
  return { signal, fieldManager: 'confroll-lease' };
}

/** RFC 3339 with microseconds, the only form that the API server takes for a Lease's times. */
function microTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}000Z`;
}

function settled(work: Promise<void>): Promise<Outcome> {
  return work.then(
    () => ({ kind: 'ended' }) as const,
    (error: unknown) => ({ kind: 'failed', error }) as const,
  );
}

async function atMost({ clock }: LeaseOptions, milliseconds: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(milliseconds, done.signal).catch(() => {})]);
  done.abort();
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
