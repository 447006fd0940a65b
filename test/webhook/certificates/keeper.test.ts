// Renewal and change of the authority over days that pass in a moment, on a real API server.
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createKubectl } from '../../../local/kubectl.ts';
import { type Clock, systemClock } from '../../../src/lib/clock.ts';
import { issueAuthority } from '../../../src/webhook/certificates/issue.ts';
import { createCertificateKeeper } from '../../../src/webhook/certificates/keeper.ts';
import { endOf, type Leaf } from '../../../src/webhook/certificates/verify.ts';
import { useApiServer } from '../../support/api-server.ts';
import { eventually, stays } from '../../support/eventually.ts';
import { webhookConfiguration } from '../../support/objects.ts';
import { createReader } from '../../support/reader.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';

const server = useApiServer();
const day = 86_400_000;
const encode = (text: string): string => Buffer.from(text).toString('base64');

describe('the keeper', () => {
  it('renews the leaf in time, follows the Secret, and writes only what differs', async () => {
    const kubectl = createKubectl(server().cluster);
    const reader = createReader(kubectl, server().cluster.kubeconfig);
    const namespace = await server().namespace();
    const configuration = webhookConfiguration({ clientConfig: { url: 'https://127.0.0.1:1/pods' } });
    await reader.apply('default', configuration);
    const versionOf = async () => {
      const object = await reader.read('default', 'mutatingwebhookconfiguration', 'confroll');
      return JSON.stringify(object?.metadata);
    };

    let shift = 0;
    const log = createRecordedLog();
    const leaves: Leaf[] = [];
    const keeper = createCertificateKeeper({
      kube: server().kube,
      // A minute of the ticker passes in 60 ms; days pass by hand.
      clock: hurried(() => shift),
      log,
      namespace,
      hosts: ['confroll-webhook.confroll-system.svc'],
      onLeaf: (leaf) => void leaves.push(leaf),
    });
    const stop = new AbortController();
    const running = keeper.run(stop.signal);
    await eventually(() => keeper.notReadyBecause() === undefined);
    expect(leaves.length).toBe(1);

    // Four days and many ticks: nothing to do, so nothing is written.
    shift = 4 * day;
    const written = await versionOf();
    await stays(() => expect(leaves.length).toBe(1), 1);
    expect(await versionOf()).toBe(written);

    // Five days: two thirds of its life are over.
    shift = 5 * day;
    await eventually(() => leaves.length === 2);
    expect(endOf(leaves[1]?.x509 ?? fail())).toBeGreaterThan(endOf(leaves[0]?.x509 ?? fail()) + 4 * day);
    expect(keeper.leafEndsAt()).toBe(endOf(leaves[1]?.x509 ?? fail()) / 1000);
    expect(keeper.notReadyBecause()).toBeUndefined();
    expect(await versionOf()).toBe(written);

    // Another authority in the Secret, as after a restore: it is followed, leaf and bundle both.
    const { certificate, key } = await issueAuthority(Date.now() + shift - day);
    const data = { 'ca.crt': encode(certificate), 'ca.key': encode(key) };
    const patch = JSON.stringify({ data });
    await kubectl(['-n', namespace, 'patch', 'secret', 'confroll-webhook-ca', '-p', patch]);
    await eventually(() => leaves.length === 3 && keeper.notReadyBecause() === undefined);
    const object = await reader.read('default', 'mutatingwebhookconfiguration', 'confroll');
    expect(JSON.stringify(object)).toContain(encode(certificate));

    // Nonsense in the Secret and the bundle wiped: the authority in memory goes on, and the log says what mends it.
    const nonsense = JSON.stringify({ data: { 'ca.crt': encode('nonsense') } });
    await kubectl(['-n', namespace, 'patch', 'secret', 'confroll-webhook-ca', '-p', nonsense]);
    const wipe = JSON.stringify([{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }]);
    await kubectl(['patch', 'mutatingwebhookconfiguration', 'confroll', '--type=json', '-p', wipe]);
    await eventually(async () => {
      const wiped = await reader.read('default', 'mutatingwebhookconfiguration', 'confroll');
      return JSON.stringify(wiped).includes(encode(certificate)) && keeper.notReadyBecause() === undefined;
    });
    await eventually(() =>
      inspect(log.lines, { depth: 5, maxArrayLength: null }).includes(
        `kubectl -n ${namespace} delete secret confroll-webhook-ca`,
      ),
    );
    stop.abort();
    await running;
  });
});

function hurried(shift: () => number): Clock {
  return {
    now: () => Date.now() + shift(),
    monotonic: () => performance.now() * 1_000,
    random: systemClock.random,
    sleep: (milliseconds, signal) => systemClock.sleep(milliseconds / 1_000, signal),
  };
}

function fail(): never {
  throw new Error('there is no such leaf');
}
