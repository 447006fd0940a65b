// The canonical hash: equal when, and only when, Pods see the same. The commit is no part of it.
import { createHash } from 'node:crypto';
import { type ContentHash, parseContentHash } from '../api/identifiers.ts';

/** The way content is hashed and shared out. A new one is added beside it: unchanged content keeps its hash. */
export const contentFormat = '1';

export type HashedFile = {
  readonly path: string;
  readonly executable: boolean;
  readonly bytes: Uint8Array;
};

export type HashedVariable = { readonly name: string; readonly value: string };

/**
 * SHA-256 over format, mount path and files in byte order of their paths, every part behind its length. Variables, where
 * there are any, come first, with their number: content without them has the hash that it always had, and no content
 * with them can have the same parts.
 */
export function contentHash(
  mountPath: string,
  files: readonly HashedFile[],
  environment: readonly HashedVariable[] = [],
): ContentHash {
  const hash = createHash('sha256');
  const add = (part: string | Uint8Array): void => {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(bytes.length));
    hash.update(length).update(bytes);
  };
  if (environment.length > 0) add(`environment ${environment.length}`);
  for (const { name, value } of environment.toSorted((one, other) => comparePaths(one.name, other.name))) {
    add(name);
    add(value);
  }
  add(contentFormat);
  add(mountPath);
  for (const file of files.toSorted((one, other) => comparePaths(one.path, other.path))) {
    add(file.path);
    add(file.executable ? 'executable' : 'file');
    add(file.bytes);
  }
  const parsed = parseContentHash(hash.digest('hex'));
  if (parsed === undefined) throw new RangeError('SHA-256 gave something else than 64 hex digits');
  return parsed;
}

/** Order of the UTF-8 bytes, which no locale and no machine changes. */
export function comparePaths(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one, 'utf8'), Buffer.from(other, 'utf8'));
}
