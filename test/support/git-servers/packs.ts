// What a Git server can be made to say: pkt-lines, side bands, packs of any objects.
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

export const flush = Buffer.from('0000');

export function pktLine(payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** In pieces as large as they may be. */
export function sideBand(band: 1 | 2 | 3, bytes: Uint8Array): Buffer[] {
  const largest = 65_515;
  const count = Math.max(1, Math.ceil(bytes.length / largest));
  return Array.from({ length: count }, (_, index) =>
    pktLine(Buffer.concat([Buffer.from([band]), bytes.subarray(index * largest, (index + 1) * largest)])),
  );
}

export type PackObject = { readonly type: 'commit' | 'tree' | 'blob' | 'tag'; readonly bytes: Uint8Array };

/** Well-formed, without deltas. */
export function packOf(objects: readonly PackObject[]): Buffer {
  const entries = objects.flatMap(({ type, bytes }) => [entryHead(type, bytes.length), deflateSync(bytes)]);
  return sealed(Buffer.concat([packHead(objects.length), ...entries]));
}

/** One object that says of itself to be so long, and is not. */
export function packClaiming(bytes: number): Buffer {
  return sealed(Buffer.concat([packHead(1), entryHead('blob', bytes), deflateSync(Buffer.alloc(100))]));
}

function sealed(pack: Buffer): Buffer {
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
}

export function packHead(objects: number): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0');
  head.writeUInt32BE(objects, 8);
  return head;
}

const typeNumbers = { commit: 1, tree: 2, blob: 3, tag: 4 } as const;

function entryHead(type: PackObject['type'], bytes: number): Buffer {
  const head: number[] = [];
  let byte = (typeNumbers[type] << 4) | (bytes & 0xf);
  let size = Math.floor(bytes / 16);
  while (size > 0) {
    head.push(byte | 0x80);
    byte = size & 0x7f;
    size = Math.floor(size / 128);
  }
  head.push(byte);
  return Buffer.from(head);
}
