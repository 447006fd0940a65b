// What a pass over a namespace sees, and what it would do: the same from the same world, whoever asks.
import type { GitConfig } from '../api/gitconfig.ts';
import { configLabel, heldLabel, rolledLabel } from '../api/keys.ts';
import { requestedConfigs } from '../api/requested-configs.ts';
import { whoHolds } from './blocked.ts';
import type { Caches } from './caches.ts';
import { type Health, healthOf } from './health.ts';
import { type ObservedWorkload, pinnedConfigs, pinOf } from './observed-workload.ts';
import { planWorkload } from './plan.ts';
import type { ConfigView, PlanContext, WorkloadPlan } from './plan-types.ts';
import type { SnapshotRef, Snapshots } from './snapshots.ts';
import { stableHash } from './stable-hash.ts';

export type Planned = { readonly plan: WorkloadPlan; readonly health: Health };

export type Observation = {
  readonly context: PlanContext;
  readonly configs: ReadonlyMap<string, ConfigView>;
  readonly planned: readonly Planned[];
};

type Asking = {
  readonly workload: ObservedWorkload;
  readonly health: Health;
  readonly configs: readonly string[];
};

/** Rejects only with the signal's reason. */
export async function observe(
  deps: { readonly caches: Caches; readonly snapshots: Snapshots },
  namespace: string,
  now: number,
  signal: AbortSignal,
): Promise<Observation> {
  const { caches, snapshots } = deps;
  const namespaceHold = await caches.holds.of(namespace, signal);
  await caches.candidates.read(namespace, signal);
  const asking = caches.workloads(namespace).map((workload) => ({
    workload,
    health: healthOf(workload, now),
    configs: askedFor(workload),
  }));
  const gitConfigs = caches.gitConfigs
    .list(namespace)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  await snapshots.resolve(namedSnapshots(namespace, gitConfigs, asking), signal);

  const snapshot: PlanContext['snapshot'] = (config, hash) => snapshots.presence({ namespace, config, hash });
  const bare = new Map(
    gitConfigs.map((gitConfig) => [gitConfig.metadata.name, viewOf(gitConfig, undefined)]),
  );
  const holder = { config: (name: string) => bare.get(name), namespaceHold };
  const configs = new Map<string, ConfigView>();
  for (const [name, { gitConfig, wanted }] of bare) {
    const workloads = asking
      .filter((one) => one.configs.includes(name))
      .map((one) => ({
        ...one,
        held: isHeld(one, name) || whoHolds(one.workload, one.configs, holder) !== undefined,
      }));
    const before = gitConfig.status?.stableHash;
    const exists = (hash: string): boolean => snapshot(name, hash) !== 'absent';
    configs.set(name, viewOf(gitConfig, stableHash(name, { before, wanted, workloads, exists })));
  }
  const context: PlanContext = { config: (name) => configs.get(name), snapshot, namespaceHold };
  const planned = asking.map(({ workload, health }) => ({
    plan: planWorkload(workload, health, context),
    health,
  }));
  return { context, configs, planned };
}

function askedFor({ metadata, spec }: ObservedWorkload): string[] {
  const request = requestedConfigs(spec.template.metadata ?? {}, metadata.labels?.[configLabel]);
  return request.kind === 'ok' ? request.configs.map(({ name }) => name) : [];
}

/** The newest accepted content that has not failed; nothing is ever called failed yet, so it is the newest. */
function viewOf(gitConfig: GitConfig, stable: string | undefined): ConfigView {
  const newest = gitConfig.status?.hash;
  return { gitConfig, newest, wanted: newest, stable, lost: gitConfig.status?.lost ?? [] };
}

function isHeld({ workload }: Asking, config: string): boolean {
  return workload.metadata.labels?.[heldLabel(config)] !== undefined;
}

function namedSnapshots(
  namespace: string,
  gitConfigs: readonly GitConfig[],
  asking: readonly Asking[],
): SnapshotRef[] {
  const refs: SnapshotRef[] = [];
  const add = (config: string, hash: string | undefined): void => {
    if (hash !== undefined) refs.push({ namespace, config, hash });
  };
  for (const { metadata, status } of gitConfigs) {
    add(metadata.name, status?.hash);
    add(metadata.name, status?.stableHash);
  }
  for (const { workload, configs } of asking) {
    for (const config of pinnedConfigs(workload)) add(config, pinOf(workload, config));
    for (const config of configs) {
      if (pinOf(workload, config) === undefined) add(config, workload.metadata.labels?.[rolledLabel(config)]);
    }
  }
  return refs;
}
