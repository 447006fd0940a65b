// How an object of a Snapshot lists its files in an annotation, and when a volume must list them too.

/** One file of a Snapshot: the ConfigMap key that holds it, and where it appears below the mount path. */
export type SnapshotFile = { readonly key: string; readonly path: string; readonly executable: boolean };

/** Most files are flat and plain: `"app.yaml"` says it all. Otherwise [key, path] or [key, path, "x"]. */
export function encodeFile({ key, path, executable }: SnapshotFile): unknown {
  if (executable) return [key, path, 'x'];
  return key === path ? key : [key, path];
}

/** Undefined when it is no list of files. */
export function decodeFiles(entries: unknown): SnapshotFile[] | undefined {
  if (!Array.isArray(entries)) return undefined;
  const files: SnapshotFile[] = [];
  for (const entry of entries) {
    const file = decodeFile(entry);
    if (file === undefined) return undefined;
    files.push(file);
  }
  return files;
}

/** Without `items` each key of a ConfigMap is a plain file of that name. */
export function needsItem({ key, path, executable }: SnapshotFile): boolean {
  return executable || key !== path;
}

function decodeFile(entry: unknown): SnapshotFile | undefined {
  if (typeof entry === 'string') return { key: entry, path: entry, executable: false };
  if (!Array.isArray(entry)) return undefined;
  const [key, path, mode]: unknown[] = entry;
  return typeof key === 'string' && typeof path === 'string'
    ? { key, path, executable: mode === 'x' }
    : undefined;
}
