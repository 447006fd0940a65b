// What stands in the way of a due change of a template: a person, a Snapshot that is not there, another GitConfig.
import { holdLabel, rolledLabel } from '../api/keys.ts';
import type { Decision } from './decide.ts';
import { hasPods, type ObservedWorkload, pinOf } from './observed-workload.ts';
import type { Blocked, PlanContext, TemplateChange } from './plan-types.ts';
import { waitsForOthers } from './same-commit.ts';

/** Why a change of a complete template must wait; undefined when it may be made. */
export function whyNot(
  workload: ObservedWorkload,
  configs: readonly string[],
  decisions: ReadonlyMap<string, Decision>,
  template: TemplateChange,
  context: PlanContext,
): Blocked | undefined {
  const own = workload.metadata.labels ?? {};
  for (const { config, from, to } of template.pins) {
    const rolled = own[rolledLabel(config)];
    if (from === undefined && rolled !== undefined && rolled !== to) {
      // Without an answer it could undo what a person had chosen.
      if (context.snapshot(config, rolled) === 'unknown')
        return {
          reason: 'SnapshotMissing',
          message: `whether its Snapshot ${config}-${rolled} exists is not known yet; it is asked again`,
        };
    }
    if (context.snapshot(config, to) !== 'present')
      return {
        reason: 'SnapshotMissing',
        message: `its Snapshot ${config}-${to} is absent; it is made again from Git`,
      };
  }
  // Nobody's Pods are restarted by a first Pin: it waits for no hold and no turn.
  if (!hasPods(workload) && template.pins.every(({ from }) => from === undefined)) return undefined;
  for (const [config, decision] of decisions) {
    if (decision.kind === 'hold' || (decision.kind === 'mark' && decision.held !== undefined))
      return { reason: 'Held', message: `it is held on its Pin of ${config} by a person` };
  }
  const hold = whoHolds(workload, configs, context);
  if (hold !== undefined) return { reason: 'OnHold', message: hold };
  return waitsForOthers(configs, template, context.config);
}

/** The hold label that stops a workload's moves, in words; undefined when there is none. */
export function whoHolds(
  { kind, metadata }: ObservedWorkload,
  configs: readonly string[],
  context: Pick<PlanContext, 'config' | 'namespaceHold'>,
): string | undefined {
  const say = (object: string, why: string): string =>
    `label ${holdLabel}${why === '' ? '' : `=${why}`} on ${object}`;
  const own = metadata.labels?.[holdLabel];
  if (own !== undefined) return say(`the ${kind}`, own);
  for (const name of configs) {
    const hold = context.config(name)?.gitConfig.metadata.labels?.[holdLabel];
    if (hold !== undefined) return say(`GitConfig ${name}`, hold);
  }
  return context.namespaceHold === undefined ? undefined : say('the Namespace', context.namespaceHold);
}

/** Said of a template of which some config has no content yet. */
export function incomplete(
  configs: readonly string[],
  workload: ObservedWorkload,
  template: TemplateChange,
): Blocked {
  const absent = configs.filter(
    (name) => pinOf(workload, name) === undefined && !template.pins.some(({ config }) => config === name),
  );
  return {
    reason: 'NothingPublished',
    message: `nothing is published yet for ${absent.map((name) => `GitConfig ${name}`).join(', ')}`,
  };
}
