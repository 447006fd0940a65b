// Events on a real API server; time is held in hand.
import { expect, test } from 'vitest';
import type { Kube } from '../../src/kube/api.ts';
import { createEventRecorder, type RecordedEvent } from '../../src/kube/events.ts';
import { parseKubeObject } from '../../src/kube/parse.ts';
import { resources } from '../../src/kube/resources.ts';
import { isRecord } from '../../src/lib/json.ts';
import { useApiServer } from '../support/api-server.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const api = useApiServer();
const signal = AbortSignal.timeout(600_000);

async function start(kube: Pick<Kube, 'create' | 'patch'> = api().kube) {
  const namespace = await api().namespace();
  const clock = createFakeClock({ start: Date.now() });
  const log = createRecordedLog();
  const recorder = createEventRecorder({ kube, clock, log, component: 'confroll-test' });
  const list = async (): Promise<Record<string, unknown>[]> => {
    await recorder.drain(signal);
    const parse = (raw: unknown) => (isRecord(raw) ? raw : {});
    const { items } = await api().kube.list({ resource: resources.events, namespace }, parse, { signal });
    return [...items];
  };
  return { namespace, clock, log, recorder, list };
}

function moved(namespace: string, message: string, name = 'api'): RecordedEvent {
  const subject = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name, uid: 'uid-1' };
  return { subject, type: 'Normal', reason: 'ConfigMoved', message };
}

test('an Event says about what, why and by whom', async () => {
  const { namespace, recorder, list } = await start();
  recorder.record(moved(namespace, 'moved to 9f86d081884c'));
  expect(await list()).toMatchObject([
    {
      involvedObject: { kind: 'Deployment', name: 'api', namespace, uid: 'uid-1' },
      type: 'Normal',
      reason: 'ConfigMoved',
      message: 'moved to 9f86d081884c',
      source: { component: 'confroll-test' },
      count: 1,
    },
  ]);
});

test('equal ones within ten minutes are one Event with a count, later ones are a new Event', async () => {
  const { namespace, clock, recorder, list } = await start();
  for (let times = 0; times < 5; times += 1) recorder.record(moved(namespace, 'same'));
  recorder.record(moved(namespace, 'other'));
  await list();
  await clock.advance(9 * 60_000);
  recorder.record(moved(namespace, 'same'));
  const counts = (await list()).map(({ message, count }) => `${message} ${count}`).toSorted();
  expect(counts).toEqual(['other 1', 'same 6']);
  await clock.advance(2 * 60_000);
  recorder.record(moved(namespace, 'same'));
  expect((await list()).filter(({ message }) => message === 'same')).toHaveLength(2);
});

test('one that the API server has forgotten is written anew', async () => {
  const { namespace, recorder, list } = await start();
  recorder.record(moved(namespace, 'same'));
  for (const event of await list()) {
    const { name } = parseKubeObject(event).metadata;
    await api().kube.delete({ resource: resources.events, namespace, name }, { signal });
  }
  recorder.record(moved(namespace, 'same'));
  expect(await list()).toMatchObject([{ message: 'same' }]);
});

test('a thousand at once all arrive', async () => {
  const { namespace, recorder, list } = await start();
  for (let index = 0; index < 1_000; index += 1) recorder.record(moved(namespace, 'moved', `app-${index}`));
  expect(await list()).toHaveLength(1_000);
});

test('a longer message than the API server takes is cut', async () => {
  const { namespace, recorder, list } = await start();
  recorder.record(moved(namespace, 'x'.repeat(3_000), 'n'.repeat(253)));
  expect(await list()).toMatchObject([{ message: `${'x'.repeat(1_021)}...` }]);
});

test('a failure is logged and nothing more', async () => {
  const { recorder, log } = await start();
  recorder.record(moved('no-such-namespace', 'lost'));
  await recorder.drain(signal);
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { reason: 'ConfigMoved' } }]);
});

test('what waits is bounded, and draining ends with its signal', async () => {
  const never = () => new Promise<never>(() => {});
  const { namespace, recorder, log } = await start({ create: never, patch: never });
  for (let index = 0; index < 5_010; index += 1) recorder.record(moved(namespace, 'moved', `app-${index}`));
  const dropped = log.lines.filter(({ message }) => message.includes('oldest was dropped'));
  expect(dropped).toHaveLength(6); // four are on their way
  await recorder.drain(AbortSignal.abort());
  await recorder.drain(AbortSignal.timeout(10));
});
