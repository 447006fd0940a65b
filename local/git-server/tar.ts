// Reads the tar format as far as `git archive` writes it: ustar with pax headers.

export type ArchivedFile = {
  /** For a symbolic link: its target. */
  readonly content: Buffer;
  /** Permission bits, such as 0o644; a symbolic link has 0o120000. */
  readonly mode: number;
};

const blockBytes = 512;

/** Files and symbolic links by path; folders are left out. Throws when the archive is cut off. */
export function parseTar(archive: Buffer): Map<string, ArchivedFile> {
  const files = new Map<string, ArchivedFile>();
  let extended = new Map<string, string>();
  let offset = 0;
  while (offset + blockBytes <= archive.length) {
    const header = archive.subarray(offset, offset + blockBytes);
    if (header[0] === 0) return files;
    const size = Number(extended.get('size') ?? octal(header, 124, 12));
    const content = archive.subarray(offset + blockBytes, offset + blockBytes + size);
    if (content.length !== size) throw new Error('the archive ends in the middle of a file');
    offset += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
    const type = text(header, 156, 1);
    if (type === 'x') {
      extended = paxRecords(content);
      continue;
    }
    const path = extended.get('path') ?? ustarPath(header);
    const linked = extended.get('linkpath') ?? text(header, 157, 100);
    extended = new Map();
    if (type === '2') files.set(path, { content: Buffer.from(linked), mode: 0o120000 });
    if (type === '0' || type === '') files.set(path, { content, mode: octal(header, 100, 8) });
  }
  throw new Error('the archive has no end');
}

function ustarPath(header: Buffer): string {
  const prefix = text(header, 345, 155);
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function text(block: Buffer, start: number, length: number): string {
  const field = block.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString('utf8');
}

function octal(block: Buffer, start: number, length: number): number {
  return Number.parseInt(text(block, start, length).trim(), 8);
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
