// Files and schemas on their way into a thread: in one buffer that is given away, so that they are in memory once more and
// not twice.
import type { FolderFile } from '../../content/folder-file.ts';
import type { Rules } from '../../content/validate/rules.ts';

export type ToCheck = {
  readonly files: readonly FolderFile[];
  /** They give variables, and are no files of a Pod. */
  readonly envOnly: readonly FolderFile[];
};

export type Packed = {
  readonly data: ToCheck & { readonly rules: Rules };
  /** What `data` is made of. */
  readonly transfer: readonly [ArrayBuffer];
};

/** A copy: what Git gave shares memory with its neighbours, which would be given away along. */
export function packed({ files, envOnly }: ToCheck, rules: Rules): Packed {
  const parts = [
    ...[...files, ...envOnly].flatMap(({ path, bytes }) => [path, bytes]),
    ...rules.schemas.map(({ schema }) => schema.bytes),
  ];
  const buffer = new ArrayBuffer(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  const take = (part: Uint8Array): Uint8Array => {
    const copy = new Uint8Array(buffer, at, part.length);
    copy.set(part);
    at += part.length;
    return copy;
  };
  const taken = ({ path, kind, bytes }: FolderFile): FolderFile => ({
    path: take(path),
    kind,
    bytes: take(bytes),
  });
  return {
    data: {
      files: files.map(taken),
      envOnly: envOnly.map(taken),
      rules: {
        ...rules,
        schemas: rules.schemas.map(({ files: globs, schema }) => ({
          files: globs,
          schema: { name: schema.name, bytes: take(schema.bytes) },
        })),
      },
    },
    transfer: [buffer],
  };
}
