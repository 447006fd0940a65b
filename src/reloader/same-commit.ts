// A workload that uses two folders of one repository restarts once for one commit: a move waits until all its
// GitConfigs on that repository and ref have looked at the same revision.
import { findCondition, type GitConfig } from '../api/gitconfig.ts';
import { parseReference, referenceKey } from '../api/reference.ts';
import { isSameRepository } from '../api/repository-url.ts';
import type { Blocked, ConfigView, TemplateChange } from './plan-types.ts';

/** Undefined when nothing has to be waited for. */
export function waitsForOthers(
  configs: readonly string[],
  template: TemplateChange,
  view: (name: string) => ConfigView | undefined,
): Blocked | undefined {
  const attempts = configs.flatMap((name) => {
    const gitConfig = view(name)?.gitConfig;
    return gitConfig !== undefined && looksAtGit(gitConfig) ? [gitConfig] : [];
  });
  for (const { config } of template.pins) {
    const moved = attempts.find(({ metadata }) => metadata.name === config);
    if (moved === undefined) continue;
    const behind = attempts.find(
      (other) =>
        isSameRef(moved, other) &&
        other.status?.lastAttemptedRevision !== moved.status?.lastAttemptedRevision,
    );
    if (behind === undefined) continue;
    return {
      reason: 'WaitingForSameCommit',
      message: `GitConfigs ${config} and ${behind.metadata.name} follow one repository and have not looked at the same commit yet`,
    };
  }
  return undefined;
}

/** One that is suspended or cannot fetch may never look at the commit: it is not waited for. One that fetches is. */
function looksAtGit(gitConfig: GitConfig): boolean {
  const fetched = findCondition(gitConfig, 'Fetched')?.status;
  return gitConfig.spec.suspend !== true && (fetched === 'True' || fetched === 'Unknown');
}

function isSameRef(left: GitConfig, right: GitConfig): boolean {
  return isSameRepository(left.spec.source.url, right.spec.source.url) && followed(left) === followed(right);
}

function followed(gitConfig: GitConfig): string | undefined {
  const reference = parseReference(gitConfig.spec.source.ref);
  return reference === undefined ? undefined : referenceKey(reference);
}
