// The objects of manifests/ as JSON, so that a local cluster applies the very files that users apply.
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { isRecord, type JsonObject } from '../../src/lib/json.ts';
import type { Kubectl } from '../kubectl.ts';

export const repositoryRoot = join(import.meta.dirname, '../..');

/** What `kubectl kustomize` makes of a folder below manifests/. */
export async function renderManifests(kubectl: Kubectl, folder: string): Promise<JsonObject[]> {
  const yaml = await kubectl(['kustomize', join(repositoryRoot, 'manifests', folder)]);
  return loadAll(yaml).filter(isRecord);
}

/** Server-side apply of all of them; CRDs are waited for, since the next object may be of their kind. */
export async function applyObjects(kubectl: Kubectl, objects: readonly JsonObject[]): Promise<void> {
  const first = objects.filter(
    (object) => object.kind === 'CustomResourceDefinition' || object.kind === 'Namespace',
  );
  const rest = objects.filter((object) => !first.includes(object));
  await applyAll(kubectl, first);
  if (first.some((object) => object.kind === 'CustomResourceDefinition')) {
    await kubectl(['wait', '--for=condition=Established', 'crd/gitconfigs.confroll.dev', '--timeout=30s']);
  }
  await applyAll(kubectl, rest);
}

async function applyAll(kubectl: Kubectl, items: readonly JsonObject[]): Promise<void> {
  if (items.length === 0) return;
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await kubectl(['apply', '--server-side', '--field-manager=confroll-install', '-f', '-'], { input });
}
