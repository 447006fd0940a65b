// The schemas that a GitConfig names -> their text, out of the folder as it was read and out of ConfigMaps.
import type { GitConfig } from '../../api/gitconfig.ts';
import type { SchemaSpec } from '../../api/validate-spec.ts';
import type { ContentError } from '../../content/content-error.ts';
import { fileBytes } from '../../content/file-values.ts';
import type { FolderFile } from '../../content/folder-file.ts';
import type { SchemaRule, SchemaText } from '../../content/validate/rules.ts';
import type { Kube } from '../../kube/api.ts';
import { parseConfigMap } from '../../kube/parse.ts';
import { resources } from '../../kube/resources.ts';

export type LoadedSchemas = {
  readonly rules: readonly SchemaRule[];
  /** Schemas that are not there. */
  readonly errors: readonly ContentError[];
};

/** Rejects when the API server does not answer. */
export async function loadSchemas(
  { metadata, spec }: GitConfig,
  files: readonly FolderFile[],
  kube: Pick<Kube, 'get'>,
  signal: AbortSignal,
): Promise<LoadedSchemas> {
  const rules: SchemaRule[] = [];
  const errors: ContentError[] = [];
  for (const { files: globs, schema } of spec.validate?.schemas ?? []) {
    const loaded =
      schema.configMapRef === undefined
        ? fromFolder(schema.path ?? '', files)
        : await fromConfigMap(schema.configMapRef, metadata.namespace, kube, signal);
    if ('message' in loaded) errors.push(loaded);
    else rules.push({ files: globs, schema: loaded });
  }
  return { rules, errors };
}

function fromFolder(path: string, files: readonly FolderFile[]): SchemaText | ContentError {
  const wanted = Buffer.from(path, 'utf8');
  const file = files.find((each) => wanted.equals(each.path) && /^(?:file|executable)$/.test(each.kind));
  if (file !== undefined) return { name: path, bytes: file.bytes };
  const message =
    'no such file is in the folder, and spec.validate.schemas names it as a schema; push it, or correct the spec';
  return { path, message };
}

async function fromConfigMap(
  { name, key }: NonNullable<SchemaSpec['schema']['configMapRef']>,
  namespace: string | undefined,
  kube: Pick<Kube, 'get'>,
  signal: AbortSignal,
): Promise<SchemaText | ContentError> {
  // As kubectl names it, and with the key's ending, which says whether it is YAML.
  const path = `configmap/${name}/${key}`;
  const object = await kube.get({ resource: resources.configMaps, namespace, name }, parseConfigMap, {
    signal,
  });
  const bytes = object === undefined ? undefined : fileBytes(object, key);
  if (bytes !== undefined) return { name: path, bytes };
  const what = object === undefined ? 'there is no such ConfigMap' : 'the ConfigMap has no such key';
  const message = `${what} in namespace ${namespace ?? ''}, and spec.validate.schemas names it as a schema; create it, or correct the spec`;
  return { path, message };
}
