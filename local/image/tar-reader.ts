// Reads tar archives as git, GNU tar and mmdebstrap write them: ustar with pax or GNU headers for long names.
import type { TarEntry } from './tar-entry.ts';

const blockBytes = 512;

/**
 * Files, folders and symbolic links in the order of the archive, paths without `./` in front or `/` behind. A hard link
 * becomes a file; devices are left out. Throws when the archive is cut off.
 */
export function readTar(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let long = new Map<string, string>();
  let offset = 0;
  while (offset + blockBytes <= archive.length) {
    const header = archive.subarray(offset, offset + blockBytes);
    if (header[0] === 0) return entries;
    const size = Number(long.get('size') ?? octal(header, 124, 12));
    const content = archive.subarray(offset + blockBytes, offset + blockBytes + size);
    if (content.length !== size) throw new Error('the archive ends in the middle of a file');
    offset += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
    const type = text(header, 156, 1);
    if (isLongHeader(type)) {
      long = new Map([...long, ...longNames(type, content)]);
      continue;
    }
    const path = clean(long.get('path') ?? ustarPath(header));
    const target = long.get('linkpath') ?? text(header, 157, 100);
    long = new Map();
    const mode = octal(header, 100, 8) & 0o7777;
    if (type === '5' && path !== '') entries.push({ type: 'folder', path, mode });
    if (type === '2') entries.push({ type: 'symlink', path, target });
    if (type === '0' || type === '') entries.push({ type: 'file', path, content, mode });
    if (type === '1') entries.push({ ...linked(entries, clean(target)), path });
  }
  throw new Error('the archive has no end');
}

function isLongHeader(type: string): boolean {
  return type === 'x' || type === 'g' || type === 'L' || type === 'K';
}

function longNames(type: string, content: Buffer): Map<string, string> {
  if (type === 'L') return new Map([['path', text(content, 0, content.length)]]);
  if (type === 'K') return new Map([['linkpath', text(content, 0, content.length)]]);
  // A global header names the commit or the program, no file.
  return type === 'x' ? paxRecords(content) : new Map();
}

function linked(entries: readonly TarEntry[], target: string): TarEntry {
  const found = entries.find((entry) => entry.path === target);
  if (found === undefined) throw new Error(`the archive links to ${target}, which it does not hold`);
  return found;
}

function clean(path: string): string {
  return path.replace(/^(\.?\/)+|^\.$/, '').replace(/\/+$/, '');
}

function ustarPath(header: Buffer): string {
  const name = text(header, 0, 100);
  // GNU's own format keeps times where ustar has the prefix.
  const prefix = text(header, 257, 6) === 'ustar' ? text(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

function octal(block: Buffer, start: number, length: number): number {
  return Number.parseInt(text(block, start, length).trim() || '0', 8);
}

// A record is "<length of the record> <key>=<value>\n".
function paxRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  let rest = content;
  while (rest.length > 0) {
    const space = rest.indexOf(0x20);
    const length = Number(rest.subarray(0, space).toString('utf8'));
    if (space < 0 || !(length > space)) throw new Error('the archive has a malformed pax record');
    const record = rest.subarray(space + 1, length - 1).toString('utf8');
    records.set(record.slice(0, record.indexOf('=')), record.slice(record.indexOf('=') + 1));
    rest = rest.subarray(length);
  }
  return records;
}
