// Type guards from raw JSON of the API server to the parts of objects that confroll reads. Fields that are not named
// in the types stay in the objects. The errors name types and fields, never values: a value may be a secret.
import { commitStatusProviders } from '../api/commit-status-spec.ts';
import type { GitConfig } from '../api/gitconfig.ts';
import type { ConfigMap, KubeObject, Secret } from '../api/objects.ts';
import type { Workload } from '../api/workloads.ts';
import { isRecord, type JsonObject } from '../lib/json.ts';

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

function isGitConfig(object: KubeObject & { spec?: unknown; status?: unknown }): object is GitConfig {
  const { spec, status } = object;
  if (!isRecord(spec) || !isRecord(spec.source) || !isRecord(spec.source.ref)) return false;
  const { url, ref, secretRef, certSecretRef, proxySecretRef, submodules, timeout } = spec.source;
  return (
    typeof url === 'string' &&
    [ref.branch, ref.tag, ref.semver, ref.commit].every(isOptionalString) &&
    [secretRef, certSecretRef, proxySecretRef].every((each) => isOptional(each, isNamed)) &&
    typeof spec.mountPath === 'string' &&
    [timeout, spec.path, spec.interval, spec.schedule, spec.timeZone].every(isOptionalString) &&
    [submodules, spec.suspend].every((each) => isOptional(each, isBoolean)) &&
    isOptional(spec.env, (value) => isArrayOfRecords(value) && value.every(isEnvSource)) &&
    isOptional(spec.validate, isValidateSpec) &&
    isOptional(spec.likelySecrets, (value) => isRecord(value) && isOptional(value.allow, isArrayOfStrings)) &&
    isOptional(spec.changeGuard, isChangeGuard) &&
    isOptional(spec.commitStatus, isCommitStatus) &&
    isOptional(spec.historyLimit, isNumber) &&
    [spec.paths, spec.include, spec.exclude].every((each) => isOptional(each, isArrayOfStrings)) &&
    isOptional(spec.limits, isContentLimits) &&
    isOptional(status, isGitConfigStatus)
  );
}

function isEnvSource({ file, prefix, keys }: JsonObject): boolean {
  return typeof file === 'string' && isOptionalString(prefix) && isOptional(keys, isArrayOfStrings);
}

function isContentLimits(value: unknown): boolean {
  return (
    isRecord(value) &&
    [value.files, value.filesWithItems, value.bytesPerFile, value.totalBytes].every((each) =>
      isOptional(each, isNumber),
    )
  );
}

function isValidateSpec(value: unknown): boolean {
  return (
    isRecord(value) &&
    [value.skip, value.required].every((each) => isOptional(each, isArrayOfStrings)) &&
    isOptional(value.schemas, (schemas) => isArrayOfRecords(schemas) && schemas.every(isSchemaSpec))
  );
}

function isChangeGuard(value: unknown): boolean {
  return (
    isRecord(value) &&
    [value.maxRemovedPercent, value.maxWorkloads].every((each) => isOptional(each, isNumber))
  );
}

function isCommitStatus(value: unknown): boolean {
  return (
    isRecord(value) &&
    commitStatusProviders.some((provider) => provider === value.provider) &&
    isOptionalString(value.apiUrl) &&
    isOptional(value.secretRef, isNamed)
  );
}

function isSchemaSpec({ files, schema }: JsonObject): boolean {
  return (
    isArrayOfStrings(files) &&
    isRecord(schema) &&
    isOptionalString(schema.path) &&
    isOptional(schema.configMapRef, (ref) => isNamed(ref) && isRecord(ref) && typeof ref.key === 'string')
  );
}

function isNamed(value: unknown): boolean {
  return isRecord(value) && typeof value.name === 'string';
}

function isGitConfigStatus(status: unknown): boolean {
  return (
    isRecord(status) &&
    [status.revision, status.shortRevision, status.lastAttemptedRevision, status.hash].every(
      isOptionalString,
    ) &&
    [status.lastHandledSyncAt, status.stableHash].every(isOptionalString) &&
    isOptional(status.observedGeneration, isNumber) &&
    isOptional(status.conditions, isArrayOfRecords) &&
    isOptional(status.revisions, isArrayOfRecords) &&
    [status.remote, status.fetching, status.live].every((each) => isOptional(each, isRecord)) &&
    [status.missing, status.lost].every((each) => isOptional(each, isArrayOfStrings)) &&
    isOptional(status.history, isArrayOfRecords) &&
    isOptional(status.workloads, isRecord)
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

// The API server leaves an empty field out or, as it does for creationTimestamp in templates, writes null.
function isOptional(value: unknown, check: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || check(value);
}

function isOptionalString(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function isStringMap(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function isArrayOfStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isArrayOfRecords(value: unknown): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isRecord);
}

function describe(raw: unknown): string {
  if (!isRecord(raw)) return Array.isArray(raw) ? 'an array' : `a value of type ${typeof raw}`;
  const metadata = isRecord(raw.metadata) ? raw.metadata : {};
  const kind = typeof raw.kind === 'string' ? raw.kind : 'an object without kind';
  const name = typeof metadata.name === 'string' ? metadata.name : 'without a name';
  const namespace = typeof metadata.namespace === 'string' ? `${metadata.namespace}/` : '';
  return `${kind} ${namespace}${name}`;
}
