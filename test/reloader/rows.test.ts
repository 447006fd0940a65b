// Each row of the table once on a real API server, with the controllers that make and replace Pods.
import { describe, expect, it } from 'vitest';
import { eventually, stays } from '../support/eventually.ts';
import { workload } from '../support/objects.ts';
import { at, labelOf, pinOf, revisionsOf } from '../support/reading.ts';
import { optIn, type Place, person, useStage } from './stage.ts';

const stage = useStage();
type Kind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

/** A workload that has run on a first and on a second content. */
async function afterTwoCommits(kind: Kind = 'Deployment') {
  const place = await stage().place();
  const one = await place.publish('one');
  await place.apply(workload({ kind, name: 'api', labels: optIn }));
  await place.settles(kind, 'api', { pin: one });
  await place.ready(one);
  const two = await place.publish('two');
  await place.settles(kind, 'api', { pin: two });
  await place.ready(two);
  const read = () => place.read(kind, 'api');
  return { place, one, two, read };
}

async function generationOf(place: Place, kind: Kind): Promise<unknown> {
  return at(await place.read(kind, 'api'), 'metadata', 'generation');
}

describe('a workload', () => {
  it('that asks no more loses our labels, and its template is left alone', async () => {
    const { place, two, read } = await afterTwoCommits();
    await place.kubectl(
      'patch',
      'deploy/api',
      '--type=json',
      '-p',
      JSON.stringify([
        { op: 'remove', path: '/metadata/labels/confroll.dev~1config' },
        { op: 'remove', path: '/spec/template/metadata/labels/confroll.dev~1config' },
      ]),
    );
    const generation = await generationOf(place, 'Deployment');
    await eventually(async () => labelOf(await read(), 'confroll.dev/managed') === undefined);
    expect(labelOf(await read(), 'rolled.confroll.dev/shop')).toBeUndefined();
    expect(pinOf(await read())).toBe(two);
    expect(await generationOf(place, 'Deployment')).toBe(generation);
    await eventually(async () => at(await place.config(), 'status', 'workloads', 'total') === 0);
  });

  it('whose GitConfig has nothing accepted is left alone, and gets its Pin when there is a Snapshot', async () => {
    const place = await stage().place();
    await place.apply(workload({ name: 'api', labels: optIn }));
    await eventually(async () => at(await place.config(), 'status', 'workloads', 'summary') === '0/1');
    const before = await place.read('deployment', 'api');
    expect(pinOf(before)).toBeUndefined();
    expect(labelOf(before, 'confroll.dev/managed')).toBeUndefined();
    const one = await place.publish('one');
    await place.settles('deployment', 'api', { pin: one });
    await place.ready(one);
  });

  it('that opts in while it runs gets exactly one new ReplicaSet', async () => {
    const place = await stage().place();
    const one = await place.publish('one');
    await place.apply(workload({ name: 'api', replicas: 2 }));
    await place.kubectl('rollout', 'status', 'deploy/api');
    await place.kubectl('label', 'deploy/api', 'confroll.dev/config=shop');
    await place.settles('deployment', 'api', { pin: one });
    await place.ready(one);
    expect(await revisionsOf(stage(), place.namespace, 'Deployment', 'api')).toHaveLength(2);
  });

  it('that lost its Pin in an undo to before the opt-in gets back what was rolled', async () => {
    const { place, two } = await afterTwoCommits();
    await place.kubectl('rollout', 'undo', 'deploy/api', '--to-revision=1');
    await place.settles('deployment', 'api', { pin: two });
  });

  it('whose Pin is lost goes to the wanted hash, loudly', async () => {
    const place = await stage().place();
    const lost = 'dddddddddddd';
    const one = await place.publish('one', { lost: [lost] });
    await place.apply(
      workload({
        name: 'api',
        labels: { ...optIn, 'confroll.dev/managed': 'true', 'rolled.confroll.dev/shop': lost },
        templateLabels: { ...optIn, 'pin.confroll.dev/shop': lost },
        templateAnnotations: { 'hash.confroll.dev/shop': lost },
      }),
    );
    await place.settles('deployment', 'api', { pin: one });
    await eventually(async () => {
      const events = await stage().list(place.namespace, 'events');
      return events.some(
        ({ type, reason, message }) =>
          type === 'Warning' && reason === 'ConfigMoved' && `${message}`.includes('lost'),
      );
    });
  });

  it('held on a Snapshot that somebody deleted waits for it, and moves only when it is lost', async () => {
    const { place, one, two, read } = await afterTwoCommits();
    await place.kubectl('rollout', 'undo', 'deploy/api');
    await place.settles('deployment', 'api', { pin: one, held: two });
    await place.kubectl('delete', 'configmap', `shop-${one}`);
    await eventually(async () => {
      const status = at(await place.config(), 'status');
      const words = JSON.stringify(at(status, 'workloads', 'notCurrent'));
      return (
        JSON.stringify(at(status, 'missing')) === `["${one}"]` &&
        words.includes(
          `its Snapshot shop-${one} is absent: it is made again from Git as soon as Git can be read`,
        )
      );
    });
    await stays(async () => expect(pinOf(await read())).toBe(one), 2);
    await place.publish('two', { lost: [one] });
    await place.settles('deployment', 'api', { pin: two });
    await eventually(async () => at(await place.config(), 'status', 'missing') === undefined);
  });

  it('on the newest content whose label was stripped gets it back', async () => {
    const { place, two } = await afterTwoCommits();
    const generation = await generationOf(place, 'Deployment');
    await place.kubectl('label', 'deploy/api', 'rolled.confroll.dev/shop-', 'confroll.dev/managed-');
    await place.settles('deployment', 'api', { pin: two });
    expect(await generationOf(place, 'Deployment')).toBe(generation);
  });

  it('undone is released when Git itself goes back, and the next commit rolls', async () => {
    const { place, one, two } = await afterTwoCommits();
    await place.kubectl('rollout', 'undo', 'deploy/api');
    await place.settles('deployment', 'api', { pin: one, held: two });
    await place.publish('one');
    await place.settles('deployment', 'api', { pin: one });
    const three = await place.publish('three');
    await place.settles('deployment', 'api', { pin: three });
    await eventually(async () => (await place.events('api')).includes('ConfigResumed'));
  });

  it('without memory is ours by managedFields, and is moved', async () => {
    const { place } = await afterTwoCommits();
    await stage().stopReloader();
    try {
      await place.kubectl('label', 'deploy/api', 'rolled.confroll.dev/shop-');
      const three = await place.publish('three');
      stage().startReloader();
      await place.settles('deployment', 'api', { pin: three });
    } finally {
      await stage().stopReloader();
      stage().startReloader();
    }
  });

  it('without memory whose Pin a person wrote is held', async () => {
    const { place, one, two } = await afterTwoCommits();
    await place.kubectl('rollout', 'undo', 'deploy/api');
    await place.settles('deployment', 'api', { pin: one, held: two });
    await place.kubectl('label', 'deploy/api', 'rolled.confroll.dev/shop-', 'held.confroll.dev/shop-');
    await place.settles('deployment', 'api', { pin: one, held: two });
  });

  it('that a person resumes, taking the held label off, is moved', async () => {
    const { place, one, two } = await afterTwoCommits();
    await place.kubectl('rollout', 'undo', 'deploy/api');
    await place.settles('deployment', 'api', { pin: one, held: two });
    await place.kubectl('label', 'deploy/api', 'held.confroll.dev/shop-', person);
    await place.settles('deployment', 'api', { pin: two });
    await place.ready(two);
  });
});

describe('an undo', () => {
  const kinds: readonly Kind[] = ['Deployment', 'StatefulSet', 'DaemonSet'];
  it.concurrent.each(kinds)(
    'of a %s is held through two more commits, said everywhere, until a person resumes',
    async (kind) => {
      const { place, one, two, read } = await afterTwoCommits(kind);
      await place.kubectl('rollout', 'undo', `${kind}/api`);
      await place.settles(kind, 'api', { pin: one, held: two });
      let newest = two;
      for (const text of ['three', 'four']) {
        newest = await place.publish(text);
        await stays(async () => expect(pinOf(await read())).toBe(one), 1);
      }
      await place.settles(kind, 'api', { pin: one, held: two });
      await place.ready(newest);
      const status = (await place.config())?.status;
      expect(at(status, 'workloads', 'held')).toBe(1);
      const note = at(status, 'workloads', 'notCurrent', 0);
      expect(note).toMatchObject({ kind, name: 'api', hash: one, reason: 'Held' });
      const command = /kubectl (-n \S+ label \S+ held\.confroll\.dev\/shop- --field-manager=confroll-person)/;
      const [, resume] = command.exec(`${at(note, 'message')}`) ?? [];
      expect(resume).toBeDefined();
      expect((await place.events('api')).filter((reason) => reason === 'ConfigHeld')).toHaveLength(1);
      await stage().kubectl((resume ?? '').split(' '));
      await place.settles(kind, 'api', { pin: newest });
      await eventually(async () => (await place.events('api')).includes('ConfigResumed'));
    },
  );
});
