// No move without admission, on a real API server: switched off, away, or down, and what happens when it is back.
import { describe, expect, it } from 'vitest';
import { eventually, stays } from '../support/eventually.ts';
import { podCreation, webhookConfiguration, workload } from '../support/objects.ts';
import { at, conditionOf, pinOf, revisionsOf, textAt } from '../support/reading.ts';
import { optIn, type Place, running, useStage } from './stage.ts';

const stage = useStage();

describe('without admission', () => {
  it('nothing moves, the reason is said, and it goes on by itself when admission is back', async () => {
    const { place, one } = await running(stage(), 'api');
    await place.apply(workload({ kind: 'StatefulSet', name: 'db', labels: optIn }));
    await place.settles('statefulset', 'db', { pin: one });
    await place.ready(one);
    await stage().removeAdmission();
    let two = '';
    try {
      two = await place.publish('two');
      await eventually(
        async () => conditionOf(await place.config(), 'RolledOut')?.reason === 'AdmissionNotWorking',
      );
      const condition = conditionOf(await place.config(), 'Ready');
      expect(condition).toMatchObject({ status: 'False', reason: 'AdmissionNotWorking' });
      expect(condition?.message).toContain('MutatingWebhookConfiguration confroll does not exist');
      await stays(async () => {
        expect(pinOf(await place.read('deployment', 'api'))).toBe(one);
        expect(pinOf(await place.read('statefulset', 'db'))).toBe(one);
      }, 1);
      expect(await place.events('api')).toContain('ConfigNotMoved');
    } finally {
      await stage().allowAdmission();
    }
    await place.settles('deployment', 'api', { pin: two });
    await place.settles('statefulset', 'db', { pin: two });
    await place.ready(two);
  });

  it('as switched off by the label of its Namespace, nothing moves there', async () => {
    const { place, one } = await running(stage(), 'api');
    await stage().kubectl(['label', 'namespace', place.namespace, 'confroll.dev/admission=disabled']);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const two = await place.publish('two');
    await eventually(async () => {
      const message = conditionOf(await place.config(), 'RolledOut')?.message;
      return `${message}`.includes('confroll.dev/admission=disabled');
    });
    expect(pinOf(await place.read('deployment', 'api'))).toBe(one);
    await stage().kubectl(['label', 'namespace', place.namespace, 'confroll.dev/admission-']);
    await place.settles('deployment', 'api', { pin: two });
  });

  it('in the words of the API server when the webhook is down, and its back-off is ended when it is back', async () => {
    const { place, one } = await running(stage(), 'api');
    await place.apply(workload({ kind: 'StatefulSet', name: 'db', labels: optIn }));
    await place.settles('statefulset', 'db', { pin: one });
    await place.ready(one);
    await stage().apply('default', downWebhook(place.namespace));
    try {
      await eventually(() => refusesLabelledPods(place));
      await place.publish('two');
      await eventually(async () => {
        const message = conditionOf(await place.config(), 'RolledOut')?.message;
        return `${message}`.includes('failed calling webhook "pods.confroll.dev"');
      });
      expect(pinOf(await place.read('deployment', 'api'))).toBe(one);
      // Pods that are refused now put their controllers into back-off, on Pins that are right.
      await place.publish('one');
      await place.kubectl('scale', 'deploy/api', 'statefulset/db', '--replicas=2');
      await eventually(async () => {
        const conditions = at(await place.read('deployment', 'api'), 'status', 'conditions');
        return JSON.stringify(conditions).includes('pods.confroll.dev');
      });
      // Controllers try after 5, 10 and 20 s: from here on they would wait for long.
      await new Promise((resolve) => setTimeout(resolve, 11_500));
    } finally {
      await stage().kubectl(['delete', 'mutatingwebhookconfiguration', 'confroll']);
    }
    await place.kubectl('rollout', 'status', 'deploy/api', '--timeout=60s');
    await place.kubectl('rollout', 'status', 'statefulset/db', '--timeout=60s');
    const sets = await revisionsOf(stage(), place.namespace, 'Deployment', 'api');
    const poked = [...sets, await place.read('statefulset', 'db')].filter(
      (object) => textAt(object, 'metadata', 'annotations', 'confroll.dev/poked-at') !== undefined,
    );
    expect(poked.length).toBeGreaterThan(0);
  });

  it('ends the back-off of what is held on an older revision, too', async () => {
    const { place, one } = await running(stage(), 'frozen');
    await place.kubectl('label', 'deploy/frozen', 'confroll.dev/hold=incident-42');
    await place.publish('two');
    await stage().apply('default', downWebhook(place.namespace));
    try {
      await eventually(() => refusesLabelledPods(place));
      await place.kubectl('scale', 'deploy/frozen', '--replicas=2');
      await eventually(async () => {
        const conditions = at(await place.read('deployment', 'frozen'), 'status', 'conditions');
        return JSON.stringify(conditions).includes('pods.confroll.dev');
      });
      await new Promise((resolve) => setTimeout(resolve, 6_500));
    } finally {
      await stage().kubectl(['delete', 'mutatingwebhookconfiguration', 'confroll']);
    }
    await eventually(async () => {
      const sets = await revisionsOf(stage(), place.namespace, 'Deployment', 'frozen');
      return sets.some(
        (set) => textAt(set, 'metadata', 'annotations', 'confroll.dev/poked-at') !== undefined,
      );
    });
    expect(pinOf(await place.read('deployment', 'frozen'))).toBe(one);
  });
});

/** The API server has seen the configuration, and nobody answers there. */
function refusesLabelledPods({ kubectl }: Place): Promise<boolean> {
  const trial = ['run', 'trial', '--image=x', '--dry-run=server', '-l', 'confroll.dev/config=shop'];
  return kubectl(...trial).then(
    () => false,
    () => true,
  );
}

/** Ours by name, in front of one namespace, with nobody behind it. */
function downWebhook(namespace: string): object {
  return webhookConfiguration({
    rules: podCreation,
    objectSelector: { matchExpressions: [{ key: 'confroll.dev/config', operator: 'Exists' }] },
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    failurePolicy: 'Fail',
    timeoutSeconds: 2,
  });
}
