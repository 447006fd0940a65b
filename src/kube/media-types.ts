// Media types of the Kubernetes API.
import type { Patch } from './api.ts';

export const patchTypes: Readonly<Record<Patch['kind'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  // JSON is YAML.
  apply: 'application/apply-patch+yaml',
};

/** Metadata alone: no spec, no data. Without an alternative, so that content never comes instead. */
export const partialObjects = {
  object: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
} as const;
