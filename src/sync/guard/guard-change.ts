// A change against the published content: within what spec.changeGuard allows, or approved by a person, or waiting for it.

import type { GitConfig } from '../../api/gitconfig.ts';
import { type Hash12, parseHash12, shortHash } from '../../api/identifiers.ts';
import { approveAnnotation, fieldManagers } from '../../api/keys.ts';
import type { Content } from '../../content/build-content.ts';
import { defaultMaxRemovedPercent, type Excess, excessOf } from '../../content/change-guard.ts';
import { showPath } from '../../content/words.ts';
import type { Kube } from '../../kube/api.ts';
import type { Refused } from '../attempt.ts';
import { commitBy } from '../commit-by.ts';
import type { Folder, Head } from '../source.ts';
import { approvalOf, toRestart } from './guarded-by.ts';
import { publishedPaths } from './published-paths.ts';

/** Undefined when it may be published. Rejects when the API server does not answer. */
export async function guardChange(
  config: GitConfig,
  content: Content,
  by: { readonly head: Head; readonly folder: Extract<Folder, { kind: 'ok' }> },
  kube: Pick<Kube, 'get'>,
  signal: AbortSignal,
): Promise<Refused | undefined> {
  const published = parseHash12(config.status?.hash);
  const wanted = shortHash(content.hash);
  // The first content of all restarts nothing, and content that stands there already changes nothing.
  if (published === undefined || published === wanted || approvalOf(config) === wanted) return undefined;
  const { maxRemovedPercent = defaultMaxRemovedPercent, maxWorkloads } = config.spec.changeGuard ?? {};
  const before = maxRemovedPercent < 100 ? await publishedPaths(config, published, kube, signal) : [];
  const subject = commitBy(by.head, by.folder);
  // Git has said that it cannot be made again: new Pods wait for whatever comes next.
  if (before === undefined && config.status?.lost?.includes(published) === true) return undefined;
  if (before === undefined) {
    const what = `${subject} cannot be compared with the published content ${published}, whose Snapshot is not there`;
    // It is made again, if Git still has it.
    return { ...waiting(config, wanted, what), mayPass: true };
  }
  const change = { before, after: content.files.map(({ path }) => path), workloads: toRestart(config) };
  const excess = excessOf(change, { maxRemovedPercent, maxWorkloads });
  if (excess === undefined) return undefined;
  const words = excessWords(excess, { maxRemovedPercent, maxWorkloads });
  return waiting(config, wanted, `${subject} ${words}`);
}

function excessWords(
  { removed, workloads }: Excess,
  limits: { readonly maxRemovedPercent: number; readonly maxWorkloads: number | undefined },
): string {
  const parts: string[] = [];
  if (removed !== undefined) {
    const { paths, of, percent } = removed;
    const shown = paths.slice(0, 3).map(showPath).join(', ');
    parts.push(
      `removes ${paths.length} of ${of} published files (${percent} %, and spec.changeGuard.maxRemovedPercent is ${limits.maxRemovedPercent}), ${paths.length > 3 ? 'such as ' : ''}${shown}`,
    );
  }
  if (workloads !== undefined) {
    parts.push(
      `would restart ${workloads} workloads, and spec.changeGuard.maxWorkloads is ${limits.maxWorkloads ?? ''}`,
    );
  }
  return parts.join('; it ');
}

function waiting(config: GitConfig, wanted: Hash12, what: string): Refused {
  const { namespace = '', name } = config.metadata;
  const approved = approvalOf(config);
  const other =
    approved === undefined || approved === config.status?.hash
      ? ''
      : `. The annotation ${approveAnnotation} approves ${parseHash12(approved) ?? 'no content: it is no hash'}, and this is ${wanted}`;
  const command = `kubectl -n ${namespace} annotate gitconfig ${name} --field-manager=${fieldManagers.person} --overwrite ${approveAnnotation}=${wanted}`;
  return {
    kind: 'refused',
    reason: 'WaitingForApproval',
    message: `${what}${other}. Until somebody says that it is meant, the content before stays. If it is meant: ${command}`,
  };
}
