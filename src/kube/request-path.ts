// Paths and queries of the Kubernetes API.
import type { ObjectRef, Resource, Selection } from './api.ts';

/** `/apis/apps/v1/namespaces/prod/deployments`; without a namespace all of them, or a cluster-scoped resource. */
export function collectionPath(resource: Resource, namespace: string | undefined): string {
  const inNamespace =
    resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `/${resource.base}${inNamespace}/${resource.plural}`;
}

/** Throws when a namespaced object is asked for without its namespace: the path would name something else. */
export function objectPath(ref: ObjectRef, subresource?: string): string {
  if (ref.resource.namespaced && ref.namespace === undefined) {
    throw new Error(`${ref.resource.kind} ${ref.name} needs a namespace`);
  }
  const tail = subresource === undefined ? '' : `/${subresource}`;
  return `${collectionPath(ref.resource, ref.namespace)}/${encodeURIComponent(ref.name)}${tail}`;
}

/** `deployments prod/api`: how requests are named in errors. */
export function describeRef(resource: Resource, namespace?: string, name?: string): string {
  const where = [namespace, name].filter((part) => part !== undefined).join('/');
  return where === '' ? resource.plural : `${resource.plural} ${where}`;
}

export type Query = Readonly<Record<string, string | undefined>>;

/** `?a=b`, or nothing; undefined and empty values are left out. */
export function queryString(query: Query): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') given.set(key, value);
  }
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}

export function selectors(selection: Selection): Query {
  return { labelSelector: selection.labelSelector, fieldSelector: selection.fieldSelector };
}
