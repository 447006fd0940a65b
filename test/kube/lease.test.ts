// Leader election on a real API server; the network of a candidate can be cut off. Short leases: 3 s.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Kube } from '../../src/kube/api.ts';
import { runWithLease } from '../../src/kube/lease.ts';
import { createLeaseRecord } from '../../src/kube/lease-record.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { useApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { startFaultyKube } from '../support/faulty-kube.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const api = useApiServer();
const signal = AbortSignal.timeout(600_000);
const leaseSeconds = 3;

/** Who leads in a namespace now, and how many ever led at the same time. */
type Stage = { readonly namespace: string; readonly leading: Set<string>; most: number };

async function createStage(): Promise<Stage> {
  return { namespace: await api().namespace(), leading: new Set(), most: 0 };
}

/** A candidate that leads until it is told to stop. */
function startCandidate(
  stage: Stage,
  identity: string,
  {
    kube = api().kube,
    work = untilAborted,
  }: { kube?: Kube; work?: (signal: AbortSignal) => Promise<void> } = {},
) {
  const stop = new AbortController();
  const log = createRecordedLog();
  const lead = async (leading: AbortSignal): Promise<void> => {
    stage.leading.add(identity);
    stage.most = Math.max(stage.most, stage.leading.size);
    try {
      await work(leading);
    } finally {
      stage.leading.delete(identity);
    }
  };
  const { namespace } = stage;
  const running = runWithLease(
    { kube, clock: systemClock, log, namespace, name: 'leader', identity, leaseSeconds, signal: stop.signal },
    lead,
  ).then(
    () => 'ended' as const,
    (error: unknown) => error,
  );
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  return { stop, running, log };
}

function untilAborted(leading: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (leading.aborted) return resolve();
    leading.addEventListener('abort', () => resolve(), { once: true });
  });
}

const leads = (stage: Stage, identity: string) =>
  eventually(() => stage.leading.has(identity), { what: `${identity} leads` });

function record(namespace: string) {
  const { kube } = api();
  return createLeaseRecord({
    kube,
    clock: systemClock,
    namespace,
    name: 'leader',
    requestMilliseconds: 5_000,
  });
}

describe('of two candidates', () => {
  test('the second takes over when the first is cut off, after the first has stepped down', async () => {
    const stage = await createStage();
    const faulty = await startFaultyKube(api().connection);
    onTestFinished(faulty.close);
    const first = startCandidate(stage, 'first', { kube: faulty.kube });
    await leads(stage, 'first');
    const second = startCandidate(stage, 'second');
    faulty.proxy.freeze();
    expect(await first.running).toMatchObject({
      message: 'Lease leader could not be renewed for 2 s, stepping down',
    });
    expect([...stage.leading]).toEqual([]);
    await leads(stage, 'second');
    expect(stage.most).toBe(1);
    expect(await record(stage.namespace).read(signal)).toMatchObject({ holder: 'second', transitions: 1 });
    second.stop.abort();
    expect(await second.running).toBe('ended');
  });

  test('the second need not wait when the first releases', async () => {
    const stage = await createStage();
    const first = startCandidate(stage, 'first');
    await leads(stage, 'first');
    first.stop.abort();
    expect(await first.running).toBe('ended');
    expect(await record(stage.namespace).read(signal)).toMatchObject({ holder: '', durationSeconds: 1 });
    startCandidate(stage, 'second');
    await leads(stage, 'second');
    expect(stage.most).toBe(1);
  });

  test('one at a time leads, however often they change', async () => {
    const stage = await createStage();
    const work = (leading: AbortSignal) => systemClock.sleep(30, leading).catch(() => {});
    const candidates = ['a', 'b', 'c', 'd', 'e'].map((identity) => startCandidate(stage, identity, { work }));
    expect(await Promise.all(candidates.map(({ running }) => running))).toEqual(
      candidates.map(() => 'ended'),
    );
    expect(stage.most).toBe(1);
  });
});

describe('a leader', () => {
  test('goes on through an outage that is shorter than two thirds of the lease time', async () => {
    const stage = await createStage();
    const faulty = await startFaultyKube(api().connection);
    onTestFinished(faulty.close);
    const { running, stop } = startCandidate(stage, 'first', { kube: faulty.kube });
    await leads(stage, 'first');
    faulty.proxy.refuse();
    await systemClock.sleep(1_000, signal);
    faulty.proxy.pass();
    await systemClock.sleep(2_500, signal);
    expect([...stage.leading]).toEqual(['first']);
    stop.abort();
    expect(await running).toBe('ended');
  });

  test('steps down when another has taken the Lease', async () => {
    const stage = await createStage();
    const { running } = startCandidate(stage, 'first');
    await leads(stage, 'first');
    await eventually(async () => {
      const lease = await record(stage.namespace).read(signal);
      const spec = { holderIdentity: 'thief', renewTime: new Date().toISOString().replace('Z', '000Z') };
      await record(stage.namespace).change(lease?.resourceVersion ?? '', spec, signal);
      return true;
    });
    expect(await running).toMatchObject({ message: 'Lease leader now belongs to thief, stepping down' });
  });

  test('steps down when the Lease is deleted', async () => {
    const stage = await createStage();
    const { running } = startCandidate(stage, 'first');
    await leads(stage, 'first');
    const ref = { resource: resources.leases, namespace: stage.namespace, name: 'leader' };
    await api().kube.delete(ref, { signal });
    expect(await running).toMatchObject({ message: 'Lease leader now belongs to nobody, stepping down' });
  });

  test('that fails releases the Lease and rejects with its error', async () => {
    const stage = await createStage();
    const failure = new Error('broken');
    const { running } = startCandidate(stage, 'first', { work: () => Promise.reject(failure) });
    expect(await running).toBe(failure);
    expect(await record(stage.namespace).read(signal)).toMatchObject({ holder: '' });
  });

  test('keeps the Lease while its work ends, and releases it then', async () => {
    const stage = await createStage();
    const work = async (leading: AbortSignal): Promise<void> => {
      await untilAborted(leading);
      await systemClock.sleep(3_500, signal);
    };
    const first = startCandidate(stage, 'first', { work });
    await leads(stage, 'first');
    startCandidate(stage, 'second');
    first.stop.abort();
    expect(await first.running).toBe('ended');
    await leads(stage, 'second');
    expect(stage.most).toBe(1);
  });

  test('of the same identity, restarted, leads at once', async () => {
    const stage = await createStage();
    const now = new Date().toISOString().replace('Z', '000Z');
    const spec = {
      holderIdentity: 'first',
      leaseDurationSeconds: 3_600,
      renewTime: now,
      leaseTransitions: 4,
    };
    await record(stage.namespace).create(spec, signal);
    startCandidate(stage, 'first');
    await leads(stage, 'first');
    expect(await record(stage.namespace).read(signal)).toMatchObject({ transitions: 4, durationSeconds: 3 });
  });
});

test('a candidate that never led resolves when it is told to stop, and leaves the Lease alone', async () => {
  const stage = await createStage();
  startCandidate(stage, 'first');
  await leads(stage, 'first');
  const second = startCandidate(stage, 'second');
  await systemClock.sleep(500, signal);
  second.stop.abort();
  expect(await second.running).toBe('ended');
  expect([...stage.leading]).toEqual(['first']);
});
