// A public key of a host, as it goes over the wire and as people compare it.
import { createHash } from 'node:crypto';
import { type HostKeyType, parseHostKeyType } from './algorithms.ts';

export type HostKey = { readonly type: HostKeyType; readonly blob: Buffer };

/** From the base64 of a known_hosts line; undefined when it is none, or of a type that is not accepted. */
export function parseHostKey(base64: string): HostKey | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? readHostKey(Buffer.from(base64, 'base64')) : undefined;
}

/** The key begins with the name of its type: a length of four bytes, then the text. */
export function readHostKey(blob: Buffer): HostKey | undefined {
  if (blob.length < 8) return undefined;
  const length = blob.readUInt32BE(0);
  const type = parseHostKeyType(blob.toString('latin1', 4, 4 + Math.min(length, 64)));
  return type === undefined || blob.length <= 4 + length ? undefined : { type, blob };
}

/** As `ssh-keygen -l` shows it. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
