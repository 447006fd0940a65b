// Layers on top of each other: a later one's file replaces what has its path in earlier ones, and what is above or below
// that path, since a name cannot be a file and a folder.

type Named = { readonly path: Uint8Array };

/** What stays of each. Within one layer nothing replaces anything. */
export function mergeLayers<Entry extends Named>(layers: readonly (readonly Entry[])[]): Entry[] {
  const [only = []] = layers;
  if (layers.length < 2) return [...only];
  const files = new Set<string>();
  const folders = new Set<string>();
  const kept: Entry[] = [];
  for (const entries of layers.toReversed()) {
    const hides = hider(files);
    const named = entries.map((entry) => ({ entry, path: latin1(entry.path) }));
    for (const { entry, path } of named) {
      if (!files.has(path) && !folders.has(path) && !hides(path)) kept.push(entry);
    }
    // What is replaced itself has replaced as well.
    for (const { path } of named) {
      files.add(path);
      for (const folder of foldersAbove(path)) {
        if (folders.has(folder)) break;
        folders.add(folder);
      }
    }
  }
  return kept;
}

// Whether a folder above a path is a file of a later layer. What is known of a folder is asked once: deep folders with many
// files would take long.
function hider(files: ReadonlySet<string>): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return (path) => {
    const asked: string[] = [];
    let isHidden = false;
    for (const folder of foldersAbove(path)) {
      const before = known.get(folder);
      asked.push(folder);
      isHidden = before ?? files.has(folder);
      if (isHidden || before !== undefined) break;
    }
    for (const folder of asked) known.set(folder, isHidden);
    return isHidden;
  };
}

// The deepest first.
function* foldersAbove(path: string): Generator<string> {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) yield path.slice(0, at);
}

// Each byte is a character: names need not be text.
function latin1(path: Uint8Array): string {
  return Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString('latin1');
}
