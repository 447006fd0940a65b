// PURE: what the newest commit should be told, from the status of its GitConfig, which both sync and reloader write.
import { findCondition, type GitConfig } from '../../api/gitconfig.ts';
import { parseRevision } from '../../api/revision.ts';

export type CommitState = 'pending' | 'success' | 'failure' | 'error';

export type CommitStatus = {
  /** 40 hex digits. */
  readonly commit: string;
  readonly state: CommitState;
  /** One line. */
  readonly description: string;
  /** Equal for statuses of which one is enough: counts that change later are no news. */
  readonly sameAs: string;
};

/** Undefined while there is nothing to tell of any commit. */
export function wantedStatus(config: GitConfig): CommitStatus | undefined {
  const { status } = config;
  const commit = parseRevision(status?.lastAttemptedRevision ?? '')?.commit;
  const published = findCondition(config, 'Published');
  if (commit === undefined || published === undefined) return undefined;
  const tell = (state: CommitState, description: string): CommitStatus => {
    const told = state === 'success' ? '' : description;
    return { commit, state, description, sameAs: `${commit} ${state} ${told}` };
  };
  if (published.status !== 'True') return tell(...refusal(published.reason, published.message));
  if (status?.revision !== status?.lastAttemptedRevision) return undefined;
  return tell(...rollout(config));
}

function refusal(reason: string, message: string): readonly [CommitState, string] {
  if (reason === 'WaitingForApproval') {
    return ['pending', `waits for an approval: it ${whatItDoes(message)}`];
  }
  // What a quota or a policy of the cluster says is for those who may look there.
  if (reason === 'PublishFailed' || reason === 'NameTaken') {
    return ['error', 'the cluster did not take it; its GitConfig says why'];
  }
  return ['failure', whatItDoes(message)];
}

// It stands at the commit: which one, and whose it is, is known there. Commands are for the cluster.
function whatItDoes(message: string): string {
  const [line = ''] = message.split('\n');
  const withoutCommit = line.replace(
    /^commit [0-9a-f]{7}(?: by .*?)?(?:: | (?=removes |would restart ))/,
    '',
  );
  return withoutCommit.replace(/\. Until somebody says .*$/, '');
}

function rollout(config: GitConfig): readonly [CommitState, string] {
  const { workloads, hash, stableHash } = config.status ?? {};
  const rolledOut = findCondition(config, 'RolledOut');
  if (rolledOut?.reason === 'RolloutFailed')
    return ['failure', 'published, but a workload did not become healthy'];
  if (rolledOut?.status !== 'True' || stableHash !== hash)
    return ['pending', 'published, and being rolled out'];
  const { total = 0, held = 0 } = workloads ?? {};
  if (total === 0) return ['success', 'published; no workload asks for it yet'];
  const count = total - held;
  const heldWords = held === 0 ? '' : `; ${held} held by a person`;
  return ['success', `rolled out to ${count} ${count === 1 ? 'workload' : 'workloads'}${heldWords}`];
}
