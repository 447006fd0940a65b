// Keeps the certificate that is served and the `caBundle` that vouches for it in step, for as long as the process runs:
// level-triggered by the webhook configuration's watch, and by a ticker, because a timer for a far day is lost when a
// machine sleeps.
import { fieldManagers, webhookConfigurationName } from '../../api/keys.ts';
import type { Kube } from '../../kube/api.ts';
import { isKubeStatus } from '../../kube/kube-error.ts';
import { resources } from '../../kube/resources.ts';
import { createWatchCache } from '../../kube/watch-cache.ts';
import type { Clock } from '../../lib/clock.ts';
import { createKeyedQueue } from '../../lib/keyed-queue.ts';
import type { Log } from '../../lib/log.ts';
import { obtainAuthority } from './authority-secret.ts';
import { bundleOperations, parseWebhookConfiguration, untrustedBecause } from './ca-bundle.ts';
import { issueLeaf } from './issue.ts';
import { type Authority, checkLeaf, endOf, isIssuedBy, type Leaf, renewalOf } from './verify.ts';

export type CertificateKeeper = {
  /** Why an API server would not accept what is served now; undefined when it would. */
  notReadyBecause(): string | undefined;
  /** Seconds since 1970; 0 before there is a leaf. */
  leafEndsAt(): number;
  run(signal: AbortSignal): Promise<void>;
};

export type CertificateKeeperDeps = {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the authority's Secret is. */
  readonly namespace: string;
  /** DNS names and addresses that the leaf is for. */
  readonly hosts: readonly [string, ...string[]];
  /** A new leaf, checked; the server serves it from now on. */
  readonly onLeaf: (leaf: Leaf) => void;
};

const tickMilliseconds = 60_000;
const theOnlyKey = 'certificates';

export function createCertificateKeeper(deps: CertificateKeeperDeps): CertificateKeeper {
  const { kube, clock, log, namespace, hosts } = deps;
  let authority: Authority | undefined;
  let leaf: Leaf | undefined;
  let failure: string | undefined;

  const queue = createKeyedQueue({
    clock,
    workers: 1,
    async reconcile(_, signal) {
      try {
        authority = await obtainAuthority({ kube, namespace, now: clock.now(), current: authority, signal });
      } catch (error) {
        await carryOn(signal);
        throw error;
      }
      leaf = await renewed(authority);
      await publish(authority, signal);
      failure = undefined;
      queue.addAfter(theOnlyKey, tickMilliseconds);
    },
    onError(_, error) {
      failure = error instanceof Error ? error.message : String(error);
      log.warn({ err: error }, 'webhook certificates not in order, trying again');
    },
  });

  const configurations = createWatchCache(
    {
      resource: resources.mutatingWebhookConfigurations,
      namespaces: 'all',
      fieldSelector: `metadata.name=${webhookConfigurationName}`,
      parse: parseWebhookConfiguration,
    },
    { kube, clock, log, onChange: () => queue.add(theOnlyKey) },
  );

  return {
    notReadyBecause() {
      if (leaf === undefined) return `no certificate yet${failure === undefined ? '' : `: ${failure}`}`;
      if (!configurations.synced()) return 'the webhook configuration has not been read yet';
      return untrustedBecause(configurations.get(undefined, webhookConfigurationName), leaf, clock.now());
    },
    leafEndsAt: () => (leaf === undefined ? 0 : endOf(leaf.x509) / 1000),
    async run(signal) {
      queue.add(theOnlyKey);
      await Promise.all([queue.run(signal), configurations.run(signal)]);
    },
  };

  // Without the Secret the authority in memory still serves. Replicas may remember different ones, so only what was
  // wiped is written: otherwise they would overwrite each other for ever.
  async function carryOn(signal: AbortSignal): Promise<void> {
    if (authority === undefined || clock.now() >= endOf(authority.x509)) return;
    leaf = await renewed(authority);
    await publish(authority, signal, 'wiped');
  }

  async function renewed(by: Authority): Promise<Leaf> {
    const now = clock.now();
    if (leaf !== undefined && now < renewalOf(leaf.x509) && isIssuedBy(leaf.x509, by.x509)) return leaf;
    const pair = await issueLeaf(by, hosts, { now, authorityEnds: endOf(by.x509) });
    const checked = checkLeaf(pair, by, now);
    if ('problem' in checked) throw new Error(`a new certificate is not usable: ${checked.problem}`);
    log.info({ validTo: checked.leaf.x509.validTo, hosts }, 'new certificate');
    deps.onLeaf(checked.leaf);
    return checked.leaf;
  }

  async function publish(
    by: Authority,
    signal: AbortSignal,
    entries: 'all' | 'wiped' = 'all',
  ): Promise<void> {
    const configuration = configurations.get(undefined, webhookConfigurationName);
    if (configuration === undefined) return;
    const operations = bundleOperations(configuration, by.certificate, entries);
    if (operations.length === 0) return;
    const ref = { resource: resources.mutatingWebhookConfigurations, name: webhookConfigurationName };
    const write = { signal, fieldManager: fieldManagers.webhook };
    try {
      const patch = { kind: 'json', operations } as const;
      configurations.put(await kube.patch(ref, patch, parseWebhookConfiguration, write));
      log.info({ webhooks: operations.length / 2 }, 'caBundle written');
    } catch (error) {
      // Deleted or changed since it was read: the watch brings the news, and with it the next attempt.
      if (!isKubeStatus(error, 404, 409, 422)) throw error;
    }
  }
}
