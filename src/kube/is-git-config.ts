// Whether an object is a GitConfig in all that confroll reads of it.
import { commitStatusProviders } from '../api/commit-status-spec.ts';
import type { GitConfig } from '../api/gitconfig.ts';
import type { KubeObject } from '../api/objects.ts';
import { isRecord, type JsonObject } from '../lib/json.ts';
import {
  isArrayOfRecords,
  isArrayOfStrings,
  isBoolean,
  isNumber,
  isOptional,
  isOptionalString,
} from './shapes.ts';

export function isGitConfig(object: KubeObject & { spec?: unknown; status?: unknown }): object is GitConfig {
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
