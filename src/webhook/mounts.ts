// The read-only mount of one config in one container.
import { posix } from 'node:path';
import { additionalConfigsAnnotation, mountPathAnnotation } from '../api/keys.ts';
import type { JsonObject } from '../lib/json.ts';
import { recordsAt } from './raw.ts';

export type Mount = {
  readonly config: string;
  readonly volume: string;
  readonly mountPath: string;
  /** Named by the label, not by the annotation of additional ones. */
  readonly first: boolean;
};

export type MountResult =
  | { readonly kind: 'ok'; readonly container: JsonObject }
  | { readonly kind: 'taken'; readonly problem: string };

/** The container itself when it has the mount already: containers that were added later are served, others left. */
export function withMount(container: JsonObject, mount: Mount): MountResult {
  const mounts = recordsAt(container, 'volumeMounts');
  const there = mounts.find(({ mountPath }) => isSamePath(mountPath, mount.mountPath));
  const inTheWay =
    there !== undefined && there.name !== mount.volume
      ? there
      : mounts.find(({ mountPath }) => isBelow(mountPath, mount.mountPath));
  if (inTheWay !== undefined) return { kind: 'taken', problem: taken(container, inTheWay, mount) };
  if (there !== undefined) return { kind: 'ok', container };
  const ours = { name: mount.volume, readOnly: true, mountPath: mount.mountPath };
  return { kind: 'ok', container: { ...container, volumeMounts: [...mounts, ours] } };
}

function taken(container: JsonObject, { name, mountPath }: JsonObject, mount: Mount): string {
  const where = isBelow(mountPath, mount.mountPath) ? `below ${mount.mountPath} where` : 'where';
  return `container "${String(container.name)}" already mounts volume "${String(name)}" at ${String(mountPath)}, ${where} GitConfig "${mount.config}" would be mounted: ${howToMove(mount)}, or mount the volume elsewhere`;
}

export function howToMove({ config, first }: Pick<Mount, 'config' | 'first'>): string {
  return first
    ? `write another path into the annotation ${mountPathAnnotation} of the Pod template`
    : `write "${config}=<another path>" into the annotation ${additionalConfigsAnnotation} of the Pod template`;
}

/** `/etc/shop/` and `/etc//shop` are the folder `/etc/shop`, though the API server takes them for others. */
export function isSamePath(one: unknown, other: unknown): boolean {
  return typeof one === 'string' && typeof other === 'string' && canonical(one) === canonical(other);
}

/** True for a folder inside the other one: in a read-only volume nobody can make the place to mount it at. */
export function isBelow(inner: unknown, outer: unknown): boolean {
  if (typeof inner !== 'string' || typeof outer !== 'string') return false;
  return canonical(inner).startsWith(`${canonical(outer)}/`);
}

function canonical(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
