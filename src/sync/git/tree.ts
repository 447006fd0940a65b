// A Git tree object as its bytes say it. The library's own reader decodes names lossily and refuses a whole tree for one
// odd name in it; here each entry keeps the bytes of its name.

export type TreeEntry = {
  readonly name: Uint8Array;
  readonly kind: 'folder' | 'file' | 'executable' | 'symlink' | 'submodule';
  readonly oid: string;
};

/** Throws a RangeError on bytes that are no tree of a SHA-1 repository. */
export function parseTree(bytes: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    if (space < 0 || end < 0 || end + 21 > bytes.length) throw new RangeError('not a Git tree');
    entries.push({
      kind: entryKind(bytes.toString('latin1', at, space)),
      name: bytes.subarray(space + 1, end),
      oid: bytes.toString('hex', end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

function entryKind(mode: string): TreeEntry['kind'] {
  const bits = Number.parseInt(mode, 8);
  switch (bits & 0o170000) {
    case 0o040000:
      return 'folder';
    case 0o120000:
      return 'symlink';
    case 0o160000:
      return 'submodule';
    default:
      return (bits & 0o111) === 0 ? 'file' : 'executable';
  }
}
