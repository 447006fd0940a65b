// Which Snapshots are there: from the watch by label, and asked live before anything is called absent.
import { parseHash12 } from '../api/identifiers.ts';
import type { KubeObject } from '../api/objects.ts';
import { parseSnapshot, type Snapshot, snapshotName } from '../api/snapshot.ts';
import { parsePart, partNames } from '../api/snapshot-parts.ts';
import type { Kube } from '../kube/api.ts';
import { KubeError } from '../kube/kube-error.ts';
import { parseKubeObject } from '../kube/parse.ts';
import { resources } from '../kube/resources.ts';
import type { WatchCache } from '../kube/watch-cache.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';

export type SnapshotRef = { readonly namespace: string; readonly config: string; readonly hash: string };
export type Presence = 'present' | 'absent' | 'unknown';

export type Snapshots = {
  /** Asks live for those that the watch does not show. Never rejects but with the signal's reason. */
  resolve(refs: readonly SnapshotRef[], signal: AbortSignal): Promise<void>;
  /** `unknown` until resolved. */
  presence(ref: SnapshotRef): Presence;
  /** What a Snapshot says of itself; undefined when the watch does not show its base. */
  find(ref: SnapshotRef): Provenance | undefined;
};

/** An object of a Snapshot as the reloader keeps it: without the list of its files, which may be long. */
export type KnownSnapshot = KubeObject & {
  /** Of a base only. */
  readonly about: Provenance | undefined;
  /** The further objects that a base needs. */
  readonly needs: readonly string[];
  /** A base or another part, as it was made. */
  readonly isIntact: boolean;
};
export type Provenance = Pick<Snapshot, 'revision' | 'author' | 'subject'>;

/** For the watch of Snapshots. Throws on what is no Kubernetes object. */
export function parseKnownSnapshot(raw: unknown): KnownSnapshot {
  const { metadata } = parseKubeObject(raw);
  const { name, namespace = '', resourceVersion = '' } = metadata;
  const snapshot = parseSnapshot(metadata);
  return {
    metadata: { name, namespace, resourceVersion },
    about: snapshot && {
      revision: snapshot.revision,
      author: snapshot.author,
      subject: snapshot.subject,
    },
    needs: snapshot === undefined ? [] : partNames(snapshot),
    isIntact: snapshot !== undefined || parsePart(metadata) !== undefined,
  };
}

// A pass may come many times a second. What is absent is made again soon, and then the watch tells.
const rememberMilliseconds = 5_000;

export function createSnapshots(deps: {
  readonly cache: Pick<WatchCache<KnownSnapshot>, 'get'>;
  readonly kube: Pick<Kube, 'get'>;
  readonly clock: Clock;
  readonly log: Log;
}): Snapshots {
  const asked = new Map<string, { readonly presence: Presence; readonly until: number }>();

  return {
    async resolve(refs, signal) {
      const now = deps.clock.monotonic();
      for (const [key, { until }] of asked) if (until <= now) asked.delete(key);
      const unknown = new Map(
        refs.filter((ref) => presence(ref) === 'unknown').map((ref) => [keyOf(ref), ref]),
      );
      await Promise.all(
        [...unknown].map(async ([key, ref]) => {
          const found = await ask(ref, signal);
          asked.set(key, { presence: found, until: deps.clock.monotonic() + rememberMilliseconds });
        }),
      );
    },
    presence,
    find,
  };

  function presence(ref: SnapshotRef): Presence {
    // A person wrote something that no Snapshot is named by.
    if (parseHash12(ref.hash) === undefined) return 'absent';
    if (isWhole(ref)) return 'present';
    return asked.get(keyOf(ref))?.presence ?? 'unknown';
  }

  function isWhole(ref: SnapshotRef): boolean {
    const base = known(ref);
    return (
      base?.about !== undefined &&
      base.needs.every((name) => deps.cache.get(ref.namespace, name)?.isIntact === true)
    );
  }

  function find(ref: SnapshotRef): Provenance | undefined {
    return known(ref)?.about;
  }

  function known({ namespace, config, hash }: SnapshotRef): KnownSnapshot | undefined {
    const short = parseHash12(hash);
    return short === undefined ? undefined : deps.cache.get(namespace, snapshotName(config, short));
  }

  async function ask({ namespace, config, hash }: SnapshotRef, signal: AbortSignal): Promise<Presence> {
    const short = parseHash12(hash);
    if (short === undefined) return 'absent';
    const read = (name: string): Promise<KnownSnapshot | undefined> => {
      const ref = { resource: resources.configMaps, namespace, name };
      return deps.kube.get(ref, parseKnownSnapshot, { signal, metadataOnly: true });
    };
    try {
      const base = await read(snapshotName(config, short));
      if (base === undefined) return 'absent';
      const parts = await Promise.all(base.needs.map(read));
      return parts.includes(undefined) ? 'absent' : 'present';
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      deps.log.warn({ err: error, namespace, config }, 'whether a Snapshot is there could not be asked');
      return 'unknown';
    }
  }
}

function keyOf({ namespace, config, hash }: SnapshotRef): string {
  return `${namespace}/${config}/${hash}`;
}
