// PURE: what a guard looks at beside the content and the spec.

import type { GitConfig } from '../../api/gitconfig.ts';
import { parseContentHash, shortHash } from '../../api/identifiers.ts';
import { approveAnnotation } from '../../api/keys.ts';

/** What a verdict rests on beside content and spec: when it changes, a revision that waits is looked at again. */
export function guardedBy(config: GitConfig): string {
  const approved = config.metadata.annotations?.[approveAnnotation] ?? '';
  const counted = config.spec.changeGuard?.maxWorkloads === undefined ? '' : toRestart(config);
  return `${counted ?? ''} ${approved}`;
}

/** As a person wrote it. */
export function approvalOf({ metadata }: GitConfig): string | undefined {
  const approved = metadata.annotations?.[approveAnnotation]?.trim();
  // The whole hash of the content is as good as its first digits.
  const whole = approved === undefined ? undefined : parseContentHash(approved);
  return whole === undefined ? approved : shortHash(whole);
}

/** How many workloads new content would restart: those that a person holds keep what they have. */
export function toRestart({ status }: GitConfig): number | undefined {
  return status?.workloads === undefined ? undefined : status.workloads.total - status.workloads.held;
}
