// Every label, annotation and name that confroll reads or writes on Kubernetes objects. Nothing else spells them out.

const group = 'confroll.dev';

/** Opts a workload, its Pod template or a bare Pod in to the GitConfig of that name in the same namespace. */
export const configLabel = `${group}/config`;
/** On a Pod template: further GitConfigs, comma separated, each with an optional mount path: `common,flags=/etc/flags`. */
export const additionalConfigsAnnotation = `${group}/additional-configs`;
/** On a Pod template: where the files of the labelled GitConfig are mounted, instead of `spec.mountPath`. */
export const mountPathAnnotation = `${group}/mount-path`;
/** On a Pod template: only these containers get files and variables, comma separated: `app,worker`. */
export const containersAnnotation = `${group}/containers`;
/** On a Pod, written at admission: JSON of what was added to which container, by which version. */
export const injectedAnnotation = `${group}/injected`;
/** On a workload, a GitConfig or a Namespace: no move of ours; the value says why. */
export const holdLabel = `${group}/hold`;
/** On a workload: stamped by us, so that one selector finds all that are opted in. */
export const managedLabel = `${group}/managed`;
export const managedValue = 'true';
/** On a Namespace, value `disabled`: neither webhook is called there. */
export const admissionLabel = `${group}/admission`;
/** On a GitConfig: a new value makes the controller look at Git now. */
export const syncRequestedAtAnnotation = `${group}/sync-requested-at`;
/** On a GitConfig: the hash12 of content that waits because it changes much, and that a person lets through. */
export const approveAnnotation = `${group}/approve`;
/** On a ReplicaSet, StatefulSet or DaemonSet: written to end its controller's back-off after Pods were refused. */
export const pokedAtAnnotation = `${group}/poked-at`;
/** On the ordinary ConfigMap of a GitConfig's name: it is confroll's, and holds the newest accepted content. */
export const liveLabel = `${group}/live`;
/** On a Secret for Git: the `host[:port]` that its credential may be sent to. */
export const gitHostAnnotation = `${group}/git-host`;

/** The Pin: annotation of a Pod template and its Pods, value hash12. */
export const hashAnnotation = (config: string): string => `hash.${group}/${config}`;
/** The Pin as a label beside the annotation: ReplicaSets, ControllerRevisions and Pods can be found by it. */
export const pinLabel = (config: string): string => `pin.${group}/${config}`;
/** On a Pod, written at admission: the commit that brought the content. Never in a template: it must not restart anything. */
export const revisionAnnotation = (config: string): string => `revision.${group}/${config}`;
/** On a workload: the last Pin seen as settled, value hash12. */
export const rolledLabel = (config: string): string => `rolled.${group}/${config}`;
/** On a workload: held by a person; the value is the hash12 that was the newest when the hold began. */
export const heldLabel = (config: string): string => `held.${group}/${config}`;
/** On a workload that was not healthy before we moved it; the value is the hash12 it was moved to. */
export const sickLabel = (config: string): string => `sick.${group}/${config}`;

const perConfigPrefixes = {
  hash: `hash.${group}/`,
  pin: `pin.${group}/`,
  rolled: `rolled.${group}/`,
  held: `held.${group}/`,
  sick: `sick.${group}/`,
} as const;

/** The GitConfig that a per-config key of the given sort speaks of, or undefined for any other key. */
export function configOfKey(sort: keyof typeof perConfigPrefixes, key: string): string | undefined {
  const prefix = perConfigPrefixes[sort];
  return key.startsWith(prefix) && key.length > prefix.length ? key.slice(prefix.length) : undefined;
}

/** Keys of a Snapshot's own metadata (see snapshot.ts). */
export const snapshotKeys = {
  config: configLabel,
  hash: `${group}/hash`,
  format: `${group}/format`,
  shards: `${group}/shards`,
  revision: `${group}/revision`,
  files: `${group}/files`,
  author: `${group}/author`,
  subject: `${group}/subject`,
} as const;

/** Field managers, each the owner of its own fields. */
export const fieldManagers = {
  sync: 'confroll-sync',
  reloader: 'confroll-reloader',
  webhook: 'confroll-webhook',
  /** Commands that the documentation gives to people carry this one. */
  person: 'confroll-person',
} as const;

/** Names of the webhooks; they stand in refusals that people read on a ReplicaSet. */
export const webhookNames = {
  pods: `pods.${group}`,
  /** CREATE, failure policy Fail: a workload must not start without config, silently. */
  workloadCreate: `workload-create.${group}`,
  /** UPDATE, failure policy Ignore: it preserves, it does not begin. */
  workloadUpdate: `workload-update.${group}`,
} as const;
/** The MutatingWebhookConfiguration that holds them. */
export const webhookConfigurationName = 'confroll';
/** The Secret in confroll's own namespace that holds the webhook's certificate authority and nothing else. */
export const webhookAuthoritySecret = 'confroll-webhook-ca';
/** ClusterRole that a RoleBinding must name before the controller may read a namespace's Git Secrets. */
export const gitCredentialsRole = 'confroll-git-credentials';
