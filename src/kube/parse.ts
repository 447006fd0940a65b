// Type guards from raw JSON of the API server to the parts of objects that confroll reads. Fields that are not named
// in the types stay in the objects. The errors name types and fields, never values: a value may be a secret.
import type { GitConfig } from '../api/gitconfig.ts';
import type { ConfigMap, KubeObject, Secret } from '../api/objects.ts';
import type { Workload } from '../api/workloads.ts';
import { isRecord } from '../lib/json.ts';
import { isGitConfig } from './is-git-config.ts';
import {
  isArrayOfRecords,
  isBoolean,
  isNumber,
  isOptional,
  isOptionalString,
  isStringMap,
} from './shapes.ts';

/** Anything with a name. Throws an Error that says what came instead. */
export function parseKubeObject(raw: unknown): KubeObject {
  if (isKubeObject(raw)) return raw;
  throw new Error(`expected a Kubernetes object with metadata.name, got ${describe(raw)}`);
}

export function parseGitConfig(raw: unknown): GitConfig {
  if (isKubeObject(raw) && isGitConfig(raw)) return raw;
  throw new Error(
    `expected a GitConfig with spec.source.url, spec.source.ref and spec.mountPath, got ${describe(raw)}`,
  );
}

/** A Deployment, StatefulSet or DaemonSet. */
export function parseWorkload(raw: unknown): Workload {
  if (isKubeObject(raw) && isWorkload(raw)) return raw;
  throw new Error(`expected a workload with spec.template, got ${describe(raw)}`);
}

export function parseConfigMap(raw: unknown): ConfigMap {
  if (isKubeObject(raw) && isConfigMap(raw)) return raw;
  throw new Error(`expected a ConfigMap whose data are strings, got ${describe(raw)}`);
}

export function parseSecret(raw: unknown): Secret {
  if (isKubeObject(raw) && isSecret(raw)) return raw;
  throw new Error(`expected a Secret whose data are strings, got ${describe(raw)}`);
}

function isKubeObject(raw: unknown): raw is KubeObject {
  if (!isRecord(raw) || !isRecord(raw.metadata)) return false;
  const { metadata } = raw;
  return (
    typeof metadata.name === 'string' &&
    metadata.name !== '' &&
    [raw.apiVersion, raw.kind, metadata.namespace, metadata.uid, metadata.resourceVersion].every(
      isOptionalString,
    ) &&
    [metadata.creationTimestamp, metadata.deletionTimestamp].every(isOptionalString) &&
    isOptional(metadata.generation, isNumber) &&
    isOptional(metadata.labels, isStringMap) &&
    isOptional(metadata.annotations, isStringMap) &&
    isOptional(metadata.ownerReferences, isArrayOfRecords) &&
    isOptional(metadata.managedFields, isArrayOfRecords)
  );
}

function isWorkload(object: KubeObject & { spec?: unknown; status?: unknown }): object is Workload {
  const { spec, status } = object;
  if (!isRecord(spec) || !isRecord(spec.template)) return false;
  const { metadata } = spec.template;
  return (
    isOptional(spec.replicas, isNumber) &&
    isOptional(spec.paused, isBoolean) &&
    isOptional(spec.updateStrategy, isRecord) &&
    isOptional(spec.template.spec, isRecord) &&
    isOptional(
      metadata,
      (value) =>
        isRecord(value) &&
        isOptional(value.labels, isStringMap) &&
        isOptional(value.annotations, isStringMap),
    ) &&
    isOptional(status, (value) => isRecord(value) && isOptional(value.conditions, isArrayOfRecords))
  );
}

function isConfigMap(object: KubeObject & { data?: unknown; binaryData?: unknown }): object is ConfigMap {
  return isOptional(object.data, isStringMap) && isOptional(object.binaryData, isStringMap);
}

function isSecret(object: KubeObject & { type?: unknown; data?: unknown }): object is Secret {
  return isOptionalString(object.type) && isOptional(object.data, isStringMap);
}

function describe(raw: unknown): string {
  if (!isRecord(raw)) return Array.isArray(raw) ? 'an array' : `a value of type ${typeof raw}`;
  const metadata = isRecord(raw.metadata) ? raw.metadata : {};
  const kind = typeof raw.kind === 'string' ? raw.kind : 'an object without kind';
  const name = typeof metadata.name === 'string' ? metadata.name : 'without a name';
  const namespace = typeof metadata.namespace === 'string' ? `${metadata.namespace}/` : '';
  return `${kind} ${namespace}${name}`;
}
