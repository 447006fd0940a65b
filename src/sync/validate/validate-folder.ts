// What a GitConfig asks of a folder -> all that is wrong in it.
import type { GitConfig } from '../../api/gitconfig.ts';
import type { ContentError } from '../../content/content-error.ts';
import type { FolderFile } from '../../content/folder-file.ts';
import type { Kube } from '../../kube/api.ts';
import type { Clock } from '../../lib/clock.ts';
import { envOnly } from '../selection-of.ts';
import { loadSchemas } from './load-schemas.ts';
import { validateAside } from './validate-aside.ts';

/** `others` are read beside the files, and not published. Rejects when the API server does not answer. */
export async function validateFolder(
  config: GitConfig,
  { files, others }: { readonly files: readonly FolderFile[]; readonly others: readonly FolderFile[] },
  deps: { readonly kube: Pick<Kube, 'get'>; readonly clock: Pick<Clock, 'sleep'> },
  signal: AbortSignal,
): Promise<{
  readonly errors: readonly ContentError[];
  /** Another time it may be valid: it was checked by a ConfigMap, which may change, or not to the end. */
  readonly mayPass: boolean;
  /** It was not checked to the end. */
  readonly isUnfinished: boolean;
}> {
  const { skip = [], required = [], schemas = [] } = config.spec.validate ?? {};
  const loaded = await loadSchemas(config, [...files, ...others], deps.kube, signal);
  const allowSecrets = config.spec.likelySecrets?.allow ?? [];
  const rules = { skip, required, schemas: loaded.rules, allowSecrets };
  const folder = { files, envOnly: envOnly(config.spec, others) };
  const whose = config.metadata.namespace ?? '';
  const verdict = await validateAside(folder, rules, { clock: deps.clock, whose }, signal);
  const byConfigMap = schemas.some(({ schema }) => schema.configMapRef !== undefined);
  return {
    errors: [...loaded.errors, ...verdict.errors],
    mayPass: verdict.isUnfinished || byConfigMap,
    isUnfinished: verdict.isUnfinished,
  };
}
