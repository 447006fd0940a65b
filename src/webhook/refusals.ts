// The sentences with which a Pod is refused: which GitConfig of which namespace, why, and what to do next. People read
// them on a ReplicaSet, a StatefulSet, a DaemonSet or a Job.
import { findCondition, type GitConfig } from '../api/gitconfig.ts';
import type { Hash12 } from '../api/identifiers.ts';
import { additionalConfigsAnnotation, configLabel, hashAnnotation } from '../api/keys.ts';
import { snapshotName } from '../api/snapshot.ts';

type Wanted = { readonly namespace: string; readonly config: string };

/** `byLabel`: the label names it, not the annotation of additional ones. */
export function noGitConfig({ namespace, config }: Wanted, byLabel: boolean): string {
  const where = byLabel ? `label ${configLabel}` : `annotation ${additionalConfigsAnnotation}`;
  return `there is no GitConfig "${config}" in namespace "${namespace}", which is asked for (${where}); create it, or look which there are: kubectl -n ${namespace} get gitconfigs`;
}

export function nothingPublished({ namespace, config }: Wanted, gitConfig: GitConfig): string {
  return `GitConfig "${config}" in namespace "${namespace}" has published nothing yet: ${causeOf(gitConfig)}; see: kubectl -n ${namespace} describe gitconfig ${config}`;
}

/** `pinned`: the Pod's own Pin names it, not the GitConfig. */
export function noSnapshot({ namespace, config }: Wanted, hash: Hash12, pinned: boolean): string {
  const whose = pinned
    ? `the Pin ${hashAnnotation(config)}: "${hash}" of this Pod`
    : `the status of GitConfig "${config}"`;
  return `ConfigMap "${snapshotName(config, hash)}" in namespace "${namespace}", the Snapshot that ${whose} names, does not exist; confroll makes it again where Git still has that content (status.lost of the GitConfig lists what it has not); those of GitConfig "${config}" that exist: kubectl -n ${namespace} get configmaps -l ${configLabel}=${config}`;
}

/** `name`: of the object that is not there although the base is. */
export function noPart({ namespace, config }: Wanted, hash: Hash12, name: string): string {
  return `ConfigMap "${name}" in namespace "${namespace}", one of the objects of Snapshot "${snapshotName(config, hash)}", does not exist; somebody deleted it, and confroll makes it again if GitConfig "${config}" still wants this content; see: kubectl -n ${namespace} describe gitconfig ${config}`;
}

/** `name`: of the base or of another of its objects. */
export function changedSnapshot({ namespace, config }: Wanted, name: string): string {
  return `ConfigMap "${name}" in namespace "${namespace}" is there, but its labels or annotations were changed, so it is no Snapshot any more; delete it, and confroll makes it again if GitConfig "${config}" still wants this content: kubectl -n ${namespace} delete configmap ${name}`;
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
