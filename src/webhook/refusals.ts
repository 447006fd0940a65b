// The sentences with which a Pod is refused: which GitConfig of which namespace, why, and what to do next. People read
// them on a ReplicaSet, a StatefulSet, a DaemonSet or a Job.
import { findCondition, type GitConfig } from '../api/gitconfig.ts';
import type { Hash12 } from '../api/identifiers.ts';
import { configLabel, hashAnnotation } from '../api/keys.ts';
import { snapshotName } from '../api/snapshot.ts';

type Wanted = { readonly namespace: string; readonly config: string };

export function noGitConfig({ namespace, config }: Wanted): string {
  return `there is no GitConfig "${config}" in namespace "${namespace}", which is asked for (label ${configLabel}); create it, or look which there are: kubectl -n ${namespace} get gitconfigs`;
}

export function nothingPublished({ namespace, config }: Wanted, gitConfig: GitConfig): string {
  return `GitConfig "${config}" in namespace "${namespace}" has published nothing yet: ${causeOf(gitConfig)}; see: kubectl -n ${namespace} describe gitconfig ${config}`;
}

/** `pinned`: the Pod's own Pin names it, not the GitConfig. */
export function noSnapshot({ namespace, config }: Wanted, hash: Hash12, pinned: boolean): string {
  const whose = pinned
    ? `the Pin ${hashAnnotation(config)}: "${hash}" of this Pod`
    : `the status of GitConfig "${config}"`;
  return `ConfigMap "${snapshotName(config, hash)}" in namespace "${namespace}", the Snapshot that ${whose} names, does not exist; those of GitConfig "${config}" that exist: kubectl -n ${namespace} get configmaps -l ${configLabel}=${config}`;
}

export function invalidPin({ config }: Wanted, value: string): string {
  return `annotation ${hashAnnotation(config)} must be the 12 hex digits of a Snapshot of GitConfig "${config}", not "${value}"; without the annotation the Pod gets the newest content that is settled`;
}

export function unknownFormat({ namespace, config }: Wanted, hash: Hash12, format: string): string {
  return `Snapshot "${snapshotName(config, hash)}" in namespace "${namespace}" has format "${format}", made by a newer confroll: update the webhook (deployment confroll-webhook)`;
}

export function notAnswered({ namespace, config }: Wanted, why: string): string {
  return `GitConfig "${config}" in namespace "${namespace}" could not be looked up (${why}); try again`;
}

// What stands in the way first is the cause: without a fetch there is nothing to publish.
function causeOf(gitConfig: GitConfig): string {
  for (const type of ['Fetched', 'Published']) {
    const condition = findCondition(gitConfig, type);
    if (condition?.status === 'False') return `${condition.reason}: ${condition.message}`;
  }
  return 'the controller has not looked at it yet';
}
