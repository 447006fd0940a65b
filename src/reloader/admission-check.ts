// No move without admission: a trial Pod of the new template must come back with our volumes. A moved workload would
// otherwise come up without its config. The trial is a server-side dry run, so nothing is stored.

import { parseHash12 } from '../api/identifiers.ts';
import { admissionLabel, webhookConfigurationName, webhookNames } from '../api/keys.ts';
import type { PodTemplate } from '../api/objects.ts';
import { snapshotName } from '../api/snapshot.ts';
import type { Kube } from '../kube/api.ts';
import { isKubeStatus, type KubeError } from '../kube/kube-error.ts';
import { parseKubeObject } from '../kube/parse.ts';
import { resources } from '../kube/resources.ts';
import { isRecord } from '../lib/json.ts';
import type { ObservedWorkload } from './observed-workload.ts';

export type AdmissionOutcome =
  | { readonly kind: 'works' }
  /** Nothing may move in the namespace. */
  | { readonly kind: 'notWorking'; readonly message: string }
  /** A Pod of this template would be refused for a reason of its own. */
  | { readonly kind: 'refused'; readonly message: string };

export type Trial = {
  readonly workload: ObservedWorkload;
  /** The new one. */
  readonly template: PodTemplate;
  readonly pins: readonly { readonly config: string; readonly hash: string }[];
};

/** Rejects with a KubeError when the API server itself does not answer. */
export async function checkAdmission(
  kube: Pick<Kube, 'create' | 'get'>,
  trial: Trial,
  signal: AbortSignal,
): Promise<AdmissionOutcome> {
  const { namespace } = trial.workload.metadata;
  try {
    const write = { signal, fieldManager: 'confroll-reloader', dryRun: true };
    const pod = await kube.create(
      { resource: resources.pods, namespace },
      trialPod(trial),
      (raw) => raw,
      write,
    );
    const lacking = trial.pins.find(({ config, hash }) => !mounts(pod, config, hash));
    if (lacking === undefined) return { kind: 'works' };
    const why =
      (await switchedOff(kube, namespace, signal)) ?? 'its webhook was not asked, or has not seen it yet';
    return {
      kind: 'notWorking',
      message: `a trial Pod of ${trial.workload.kind} ${trial.workload.metadata.name} came back without Snapshot ${lacking.config}-${lacking.hash}: ${why}`,
    };
  } catch (error) {
    if (isKubeStatus(error, 400, 403, 404, 409, 422, 500))
      return await readRefusal(kube, trial.workload, error, signal);
    throw error;
  }
}

function trialPod({ workload, template }: Trial): object {
  const { name, namespace } = workload.metadata;
  const volumes: unknown = template.spec?.volumes;
  const claims = workload.claims.map((claim) => ({
    name: claim,
    persistentVolumeClaim: { claimName: `${claim}-${name}-0` },
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      // Names of Pods are cut by the API server, this one too.
      generateName: `${name}-`,
      namespace,
      labels: template.metadata?.labels,
      annotations: template.metadata?.annotations,
    },
    spec: { ...template.spec, volumes: [...(Array.isArray(volumes) ? volumes : []), ...claims] },
  };
}

function mounts(pod: unknown, config: string, hash: string): boolean {
  const spec = isRecord(pod) && isRecord(pod.spec) ? pod.spec : {};
  const volumes: unknown[] = Array.isArray(spec.volumes) ? spec.volumes : [];
  const short = parseHash12(hash);
  if (short === undefined) return false;
  const name = snapshotName(config, short);
  return volumes.some((volume) => {
    if (!isRecord(volume) || volume.name !== `confroll-${config}` || !isRecord(volume.projected))
      return false;
    const sources: unknown[] = Array.isArray(volume.projected.sources) ? volume.projected.sources : [];
    return sources.some(
      (source) => isRecord(source) && isRecord(source.configMap) && source.configMap.name === name,
    );
  });
}

async function readRefusal(
  kube: Pick<Kube, 'get'>,
  { metadata: { name, namespace } }: ObservedWorkload,
  error: KubeError,
  signal: AbortSignal,
): Promise<AdmissionOutcome> {
  // The trial Pod has another name each time; in a status it would make each trial a change.
  const message = error.message
    .replace(`${error.details.request}: `, '')
    .replaceAll(/\b(pods?) "[^"]*"/gi, `$1 "${name}-..."`);
  if (message.includes('failed calling webhook') && message.includes(webhookNames.pods))
    return { kind: 'notWorking', message };
  if (error.details.status !== 403 || !message.includes('exceeded quota'))
    return { kind: 'refused', message };
  // The quota leaves no room for a trial; a rolling update may still have room, after an old Pod is gone.
  const why = await switchedOff(kube, namespace, signal);
  return why === undefined ? { kind: 'works' } : { kind: 'notWorking', message: why };
}

/** Why our webhook is not asked at all, in words; undefined when nothing of the kind is seen. */
async function switchedOff(
  kube: Pick<Kube, 'get'>,
  namespace: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const options = { signal };
  const place = { resource: resources.namespaces, name: namespace };
  const found = await kube.get(place, parseKubeObject, options).catch(notAllowed);
  if (found !== undefined && found.metadata.labels?.[admissionLabel] === 'disabled')
    return `the label ${admissionLabel}=disabled on Namespace ${namespace} switches confroll's admission off; take it away to go on`;
  const name = webhookConfigurationName;
  const ref = { resource: resources.mutatingWebhookConfigurations, name };
  const configuration = await kube.get(ref, webhooksOf, options).catch(notAllowed);
  if (configuration === undefined)
    return `the MutatingWebhookConfiguration ${name} does not exist; install confroll's manifests again`;
  return configuration.includes(webhookNames.pods)
    ? undefined
    : `the MutatingWebhookConfiguration ${name} has no webhook ${webhookNames.pods}; install confroll's manifests again`;
}

function webhooksOf(raw: unknown): string[] {
  const webhooks = isRecord(raw) && Array.isArray(raw.webhooks) ? raw.webhooks : [];
  return webhooks.flatMap((webhook: unknown) =>
    isRecord(webhook) && typeof webhook.name === 'string' ? [webhook.name] : [],
  );
}

/** In an installation for a few namespaces the controller may have no right to look. */
function notAllowed(error: unknown): undefined {
  if (isKubeStatus(error, 403)) return undefined;
  throw error;
}
