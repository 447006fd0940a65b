// Which content a Pod gets: the Snapshot of its Pin, else that of the GitConfig's stable hash. A Pod with a Pin needs no
// GitConfig.
import { parseHash12 } from '../api/identifiers.ts';
import { hashAnnotation } from '../api/keys.ts';
import { type RequestedConfig, requestedConfigs } from '../api/requested-configs.ts';
import { isKnownFormat, snapshotName } from '../api/snapshot.ts';
import type { JsonObject } from '../lib/json.ts';
import type { ResolvedConfig } from './inject.ts';
import { textsAt } from './raw.ts';
import {
  changedSnapshot,
  invalidPin,
  noGitConfig,
  noPart,
  noSnapshot,
  notAnswered,
  nothingPublished,
  unknownFormat,
} from './refusals.ts';
import { type Sources, stableHashOf } from './sources.ts';

export type Resolution =
  | { readonly kind: 'ok'; readonly configs: readonly ResolvedConfig[] }
  | { readonly kind: 'refused'; readonly message: string };

type Refused = Extract<Resolution, { kind: 'refused' }>;
type Lookup = Pick<Sources, 'gitConfig' | 'snapshot'>;

/** In the order in which the Pod asks for them; the first that cannot be had decides. */
export async function resolveConfigs(
  pod: JsonObject,
  namespace: string,
  sources: Lookup,
): Promise<Resolution> {
  const annotations = textsAt(pod, 'metadata', 'annotations');
  const requested = requestedConfigs({ labels: textsAt(pod, 'metadata', 'labels'), annotations });
  if (requested.kind === 'invalid') return { kind: 'refused', message: requested.problem };
  const configs: ResolvedConfig[] = [];
  for (const [index, config] of requested.configs.entries()) {
    const pin = annotations[hashAnnotation(config.name)];
    const asked = { ...config, pin, byLabel: index === 0 };
    const resolved = await resolveConfig(asked, namespace, sources).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      return refused(notAnswered({ namespace, config: config.name }, why));
    });
    if ('kind' in resolved) return resolved;
    configs.push(resolved);
  }
  return { kind: 'ok', configs };
}

async function resolveConfig(
  asked: RequestedConfig & { readonly pin: string | undefined; readonly byLabel: boolean },
  namespace: string,
  sources: Lookup,
): Promise<ResolvedConfig | Refused> {
  const { name, mountPath, pin, byLabel } = asked;
  const wanted = { namespace, config: name };
  const pinned = parseHash12(pin);
  if (pin !== undefined && pinned === undefined) return refused(invalidPin(wanted, pin));
  const gitConfig = pinned === undefined ? await sources.gitConfig(namespace, name) : undefined;
  if (pinned === undefined && gitConfig === undefined) return refused(noGitConfig(wanted, byLabel));
  const hash = pinned ?? (gitConfig === undefined ? undefined : stableHashOf(gitConfig));
  if (hash === undefined) {
    return refused(
      gitConfig === undefined ? noGitConfig(wanted, byLabel) : nothingPublished(wanted, gitConfig),
    );
  }
  const found = await sources.snapshot(namespace, name, hash);
  if (found.kind === 'absent') {
    const isBase = found.name === snapshotName(name, hash);
    return refused(
      isBase ? noSnapshot(wanted, hash, pinned !== undefined) : noPart(wanted, hash, found.name),
    );
  }
  if (found.kind === 'changed') return refused(changedSnapshot(wanted, found.name));
  const { snapshot, shards } = found;
  if (!isKnownFormat(snapshot.format)) return refused(unknownFormat(wanted, hash, snapshot.format));
  const { revision, files, environment } = snapshot;
  const objects = [files, ...shards];
  return { name, hash, mountPath: mountPath ?? snapshot.mountPath, revision, objects, environment };
}

const refused = (message: string): Refused => ({ kind: 'refused', message });
