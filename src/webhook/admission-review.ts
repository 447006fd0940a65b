// AdmissionReview v1 on the wire: what the API server asks, and how it wants to be answered.
import { isRecord, type JsonObject, type PatchOperation } from '../lib/json.ts';

export type AdmissionRequest = {
  readonly uid: string;
  readonly kind: string;
  readonly operation: string;
  /** The only namespace to trust: that of the object may be blank. */
  readonly namespace: string;
  /** For logs; `web-(generated)` where the API server has yet to make the name. */
  readonly name: string;
  readonly object: JsonObject;
  readonly oldObject: JsonObject | undefined;
  readonly dryRun: boolean;
};

export type Verdict =
  | {
      readonly kind: 'allow';
      readonly operations: readonly PatchOperation[];
      readonly warnings: readonly string[];
    }
  /** `code`: HTTP status of the refusal; 422 when the object has to change or wait. */
  | { readonly kind: 'deny'; readonly message: string; readonly code: 422 | 500 };

/** Decides about one request. A rejection is answered as a failure of ours. */
export type Admission = (request: AdmissionRequest) => Promise<Verdict>;

export const allow = (
  operations: readonly PatchOperation[] = [],
  warnings: readonly string[] = [],
): Verdict => ({
  kind: 'allow',
  operations,
  warnings,
});
export const deny = (message: string): Verdict => ({ kind: 'deny', message, code: 422 });

const apiVersion = 'admission.k8s.io/v1';

/** Throws an Error that says what came instead of an AdmissionReview v1. */
export function parseAdmissionReview(body: unknown): AdmissionRequest {
  if (!isRecord(body) || body.kind !== 'AdmissionReview' || body.apiVersion !== apiVersion) {
    const got = isRecord(body) ? `${String(body.apiVersion)} ${String(body.kind)}` : typeof body;
    throw new Error(`expected ${apiVersion} AdmissionReview, got ${got.slice(0, 100)}`);
  }
  const { request } = body;
  if (!isRecord(request)) throw new Error('the AdmissionReview has no request');
  const { uid, operation, kind, object, oldObject, namespace, dryRun } = request;
  if (typeof uid !== 'string' || uid === '') throw new Error('the request has no uid');
  if (typeof operation !== 'string') throw new Error('the request has no operation');
  return {
    uid,
    operation,
    kind: isRecord(kind) && typeof kind.kind === 'string' ? kind.kind : '',
    namespace: typeof namespace === 'string' ? namespace : '',
    name: nameOf(request, object),
    object: isRecord(object) ? object : {},
    oldObject: isRecord(oldObject) ? oldObject : undefined,
    dryRun: dryRun === true,
  };
}

export function admissionResponse(uid: string, verdict: Verdict): JsonObject {
  return { apiVersion, kind: 'AdmissionReview', response: { uid, ...answerOf(verdict) } };
}

function answerOf(verdict: Verdict): JsonObject {
  if (verdict.kind === 'deny') {
    return { allowed: false, status: { code: verdict.code, message: verdict.message } };
  }
  const { operations, warnings } = verdict;
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
  return {
    allowed: true,
    // Both or neither.
    ...(operations.length > 0 ? { patchType: 'JSONPatch', patch } : {}),
    ...(warnings.length > 0 ? { warnings: warnings.map(cut) } : {}),
  };
}

// The API server cuts a warning at 256 characters, in the middle of a word.
function cut(warning: string): string {
  return warning.length <= 256 ? warning : `${warning.slice(0, 253)}...`;
}

function nameOf(request: JsonObject, object: unknown): string {
  if (typeof request.name === 'string' && request.name !== '') return request.name;
  const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
  if (typeof metadata.name === 'string' && metadata.name !== '') return metadata.name;
  return `${String(metadata.generateName ?? '')}(generated)`;
}
