// Writes tar archives that depend on nothing but their content: sorted, owned by root, of the year 1970.
import type { TarEntry } from './tar-entry.ts';

const blockBytes = 512;

/** The archive in pieces, so that large files are not copied. Folders on the way to an entry are added. Throws on two entries of one path. */
export function writeTar(entries: readonly TarEntry[]): Uint8Array[] {
  const sorted = withParents(entries).sort((a, b) => (a.path < b.path ? -1 : 1));
  const pieces = sorted.flatMap((entry) => {
    const content = entry.type === 'file' ? entry.content : new Uint8Array();
    return [...headers(entry, content.length), content, padding(content.length)];
  });
  // Two empty blocks are the end.
  return [...pieces, Buffer.alloc(2 * blockBytes)].filter((piece) => piece.length > 0);
}

function withParents(entries: readonly TarEntry[]): TarEntry[] {
  const all = new Map<string, TarEntry>();
  for (const entry of entries) {
    if (all.has(entry.path)) throw new Error(`the archive would hold ${entry.path} twice`);
    all.set(entry.path, entry);
  }
  for (const { path } of entries) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (!all.has(folder)) all.set(folder, { type: 'folder', path: folder, mode: 0o755 });
    }
  }
  return [...all.values()];
}

function headers(entry: TarEntry, size: number): Uint8Array[] {
  const path = entry.type === 'folder' ? `${entry.path}/` : entry.path;
  const target = entry.type === 'symlink' ? entry.target : '';
  const mode = entry.type === 'symlink' ? 0o777 : entry.mode;
  const type = { file: '0', folder: '5', symlink: '2' }[entry.type];
  const long: string[] = [];
  if (Buffer.byteLength(path) > 100) long.push(paxRecord('path', path));
  if (Buffer.byteLength(target) > 100) long.push(paxRecord('linkpath', target));
  const main = header({ path, target, mode, type, size });
  if (long.length === 0) return [main];
  const records = Buffer.from(long.join(''));
  const extension = header({ path: 'pax', target: '', mode: 0o644, type: 'x', size: records.length });
  return [extension, records, padding(records.length), main];
}

type Header = {
  readonly path: string;
  readonly target: string;
  readonly mode: number;
  readonly type: string;
  readonly size: number;
};

function header(fields: Header): Buffer {
  const block = Buffer.alloc(blockBytes);
  // What is too long here stands in full in the header before.
  Buffer.from(fields.path).copy(block, 0, 0, 100);
  block.write(octal(fields.mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(fields.size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(fields.type, 156);
  Buffer.from(fields.target).copy(block, 157, 0, 100);
  block.write('ustar\x0000', 257, 'latin1');
  // The sum is taken with its own field full of spaces.
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function octal(value: number, length: number): string {
  return value.toString(8).padStart(length - 1, '0');
}

// The length in front counts its own digits.
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes;
  while (String(length).length + bytes !== length) length = String(length).length + bytes;
  return `${length}${rest}`;
}

function padding(size: number): Buffer {
  return Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
}
