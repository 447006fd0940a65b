// The GitConfig custom resource, as far as it works today: "this path of that repository at this ref becomes files in
// the Pods that ask for it". Spec and status in one file, because together they are the whole object.
import type { CommitStatusSpec } from './commit-status-spec.ts';
import type { ContentLimits } from './content-limits.ts';
import type { EnvSource } from './env-spec.ts';
import type { ChangeGuardSpec, LikelySecretsSpec } from './guard-spec.ts';
import type { Condition, KubeObject } from './objects.ts';
import type { RefSpec } from './reference.ts';
import type { ValidateSpec } from './validate-spec.ts';

export type GitConfig = KubeObject & { readonly spec: GitConfigSpec; readonly status?: GitConfigStatus };

export type GitConfigSpec = {
  readonly source: {
    /** `https://`, `http://`, `ssh://` or `user@host:path`, without credentials. */
    readonly url: string;
    readonly ref: RefSpec;
    /** Secret of the same namespace: what authenticates; `ca.crt`. */
    readonly secretRef?: { readonly name: string };
    /** Secret of the same namespace: `ca.crt`, and `tls.crt` with `tls.key`. */
    readonly certSecretRef?: { readonly name: string };
    /** Secret of the same namespace: `address`, and `username` with `password`. */
    readonly proxySecretRef?: { readonly name: string };
    /** Whether submodules below `path` are followed, at the commits that are recorded for them. */
    readonly submodules?: boolean;
    /** Go duration, 1s to 1h: how long one look, or one fetch, may take. */
    readonly timeout?: string;
  };
  /** Folder or file relative to the repository's root; `''`, the default, is the root. */
  readonly path?: string;
  /** In place of `path`: layers, of which later ones win. */
  readonly paths?: readonly string[];
  /** Globs over paths below each layer. Default: all. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly limits?: Partial<ContentLimits>;
  /** Go duration, 5s to 24h. Without it and without a schedule: `defaultInterval`. */
  readonly interval?: string;
  /** Cron, five fields, in `timeZone`. */
  readonly schedule?: string;
  /** IANA name. Default: UTC. */
  readonly timeZone?: string;
  readonly mountPath: string;
  /** Files whose content becomes environment variables as well. */
  readonly env?: readonly EnvSource[];
  /** What is looked at before anything is published, beside the syntax of files whose type is known. */
  readonly validate?: ValidateSpec;
  readonly likelySecrets?: LikelySecretsSpec;
  /** What a commit may do without being approved. */
  readonly changeGuard?: ChangeGuardSpec;
  readonly commitStatus?: CommitStatusSpec;
  readonly publish?: {
    /** Whether the ordinary ConfigMap of the GitConfig's name is kept. Default: true. */
    readonly live?: boolean;
  };
  /** How many earlier Snapshots are kept beside those that are needed. Default: `defaultHistoryLimit`. */
  readonly historyLimit?: number;
  /** Stops looking at Git; what is published stays. */
  readonly suspend?: boolean;
};

/** Owned by `confroll-sync`. */
export type SyncStatus = {
  /** Revision whose content is `hash`, such as `main@sha1:4fe1c02...`. */
  readonly revision?: string;
  /** The same with 7 digits of the commit, for the printer column. */
  readonly shortRevision?: string;
  readonly lastAttemptedRevision?: string;
  /** hash12 of the newest accepted content. */
  readonly hash?: string;
  /** Every revision handled, newest first, at most `maxRevisions`. */
  readonly revisions?: readonly { readonly revision: string; readonly hash: string }[];
  /** Those of `missing` that cannot be made again from Git. */
  readonly lost?: readonly string[];
  /** Value of the sync-requested-at annotation that was last acted on. */
  readonly lastHandledSyncAt?: string;
  readonly remote?: RemoteStatus;
  readonly fetching?: FetchingStatus;
  readonly live?: LiveStatus;
};

/** The live ConfigMap, or why it does not hold the newest accepted content. */
export type LiveStatus = {
  /** hash12 of what it holds; only with `Published`. */
  readonly hash?: string;
  readonly reason: (typeof liveReasons)[number];
  readonly message: string;
};

export const liveReasons = [
  'Published',
  'TurnedOff',
  'TooLarge',
  'IllegalNames',
  'NameTaken',
  'Failed',
] as const;

/** The newest commit that Git has, beside the published one. */
export type RemoteStatus = {
  readonly revision: string;
  /** How it stands to the published commit. */
  readonly comparison: Comparison;
  /** Commits that it has and the published one has not. */
  readonly ahead?: number;
  /** The other way round. */
  readonly behind?: number;
  /** First lines of its last commits, newest first, at most `maxSubjects`. */
  readonly subjects?: readonly string[];
};

export type Comparison = (typeof comparisons)[number];

/** There only while a fetch takes long. */
export type FetchingStatus = {
  readonly revision: string;
  readonly bytes: number;
  /** Undefined until the server has said how many it sends. */
  readonly objects?: number;
  readonly since: string;
};

/** Owned by `confroll-reloader`. */
export type RolloutStatus = {
  readonly observedGeneration?: number;
  readonly stableHash?: string;
  /** hash12 values that Pins name and whose Snapshot is absent. */
  readonly missing?: readonly string[];
  readonly workloads?: WorkloadCounts & {
    /** `current/total`, for the printer column. */
    readonly summary: string;
    /** Those that are not current, at most `maxListedWorkloads`. */
    readonly notCurrent?: readonly WorkloadNote[];
  };
  /** Newest first, at most `maxHistory`. */
  readonly history?: readonly HistoryEntry[];
};

/** One content that became the newest accepted one. */
export type HistoryEntry = {
  /** hash12. */
  readonly hash: string;
  /** The commit that brought it. */
  readonly revision: string;
  readonly author?: string;
  readonly subject?: string;
  /** When the reloader first saw it, RFC 3339. */
  readonly at: string;
  readonly result: (typeof historyResults)[number];
};

/** `Superseded`: the next one came before all workloads ran on it. */
export const historyResults = ['RollingOut', 'Succeeded', 'Failed', 'Superseded'] as const;

export type WorkloadCounts = {
  readonly total: number;
  readonly current: number;
  readonly updating: number;
  readonly held: number;
  readonly failed: number;
};

export type WorkloadNote = {
  readonly kind: string;
  readonly name: string;
  readonly hash?: string;
  readonly reason: string;
  readonly message: string;
};

export type GitConfigStatus = SyncStatus & RolloutStatus & { readonly conditions?: readonly Condition[] };

/** Conditions of each owner; a map by type, so the two never share one. */
export const syncConditions = ['Fetched', 'Published', 'Throttled'] as const;
export const rolloutConditions = ['RolledOut', 'Ready', 'Reconciling', 'Stalled'] as const;

export const comparisons = ['UpToDate', 'Ahead', 'Behind', 'Diverged', 'Unknown'] as const;

/** Enough to find the content of any commit of the last days of a busy team, small beside etcd's 1.5 MiB an object. */
export const maxRevisions = 50;
/** Enough to recognise what was pushed last. */
export const maxSubjects = 5;
/** A few weeks of a team that pushes each day. */
export const maxHistory = 20;
/** A person reads these; more would only hide the counts beside them. */
export const maxListedWorkloads = 20;

export const defaultInterval = '1m';
/** As many as a Deployment keeps of its own old revisions. */
export const defaultHistoryLimit = 10;

export function findCondition(config: GitConfig, type: string): Condition | undefined {
  return config.status?.conditions?.find((condition) => condition.type === type);
}
