// The small interface through which every part speaks to the API server. Raw JSON in and out: fields that a newer API
// server has are never lost. The implementation is http.ts; nothing else in the project opens a connection to it.
import type { ObjectMeta } from '../api/objects.ts';
import type { PatchOperation } from '../lib/json.ts';

/** A resource type: where it lives in the API, and its kind. */
export type Resource = {
  /** `api/v1` or `apis/<group>/<version>`. */
  readonly base: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
};

/** One object. `namespace` is left out for cluster-scoped resources. */
export type ObjectRef = {
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly name: string;
};

/** Many objects: of one namespace, or of all when `namespace` is left out. */
export type Selection = {
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
};

export type List<T> = { readonly items: readonly T[]; readonly resourceVersion: string };

export type Patch =
  /** Compare-and-set: a failed `test` gives KubeError with status 422. */
  | { readonly kind: 'json'; readonly operations: readonly PatchOperation[] }
  /** Server-side apply, always with force: the body is the manager's whole wish. */
  | { readonly kind: 'apply'; readonly body: object }
  | { readonly kind: 'merge'; readonly body: object };

export type WriteOptions = {
  readonly signal: AbortSignal;
  readonly fieldManager: string;
  readonly subresource?: 'status' | undefined;
  readonly dryRun?: boolean | undefined;
};

export type ReadOptions = { readonly signal: AbortSignal };
/** With `metadataOnly` the API server sends PartialObjectMetadata: no spec, no data. */
export type ListOptions = ReadOptions & { readonly metadataOnly?: boolean; readonly limit?: number };

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: unknown }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  /** The API server ended the watch with a Status; 410 means: list again. */
  | { readonly type: 'ERROR'; readonly code: number; readonly message: string };

export type WatchOptions = {
  readonly signal: AbortSignal;
  readonly resourceVersion: string;
  readonly metadataOnly?: boolean;
};

/**
 * Each call has a deadline of its own beside the caller's signal. Every refusal is a KubeError. `parse` turns raw JSON
 * into the wanted type and throws on anything else.
 */
export type Kube = {
  /** Undefined when there is no such object (404). */
  get<T>(
    ref: ObjectRef,
    parse: (raw: unknown) => T,
    options: ReadOptions & { readonly metadataOnly?: boolean },
  ): Promise<T | undefined>;
  /** Follows `continue` until the list is whole. */
  list<T>(selection: Selection, parse: (raw: unknown) => T, options: ListOptions): Promise<List<T>>;
  /** One watch request; ends when the server ends it. Rejects with KubeError or a network error. */
  watch(selection: Selection, options: WatchOptions): AsyncIterable<WatchEvent>;
  create<T>(
    ref: Omit<ObjectRef, 'name'>,
    body: object,
    parse: (raw: unknown) => T,
    options: WriteOptions,
  ): Promise<T>;
  patch<T>(ref: ObjectRef, patch: Patch, parse: (raw: unknown) => T, options: WriteOptions): Promise<T>;
  /** Preconditions guard against deleting an object that was made anew or changed meanwhile. */
  delete(
    ref: ObjectRef,
    options: ReadOptions & { readonly preconditions?: Pick<ObjectMeta, 'uid' | 'resourceVersion'> },
  ): Promise<void>;
};

/** Who we are and where the API server is. Headers are asked for anew on each request, since tokens rotate. */
export type Connection = {
  readonly server: URL;
  readonly tls: {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
    readonly serverName?: string | undefined;
    readonly insecure?: boolean;
  };
  headers(): Promise<Readonly<Record<string, string>>>;
};
