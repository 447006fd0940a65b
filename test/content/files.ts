// Short forms of folders, for tests.
import type { FolderFile } from '../../src/content/folder-file.ts';

export type Given = string | Uint8Array | { readonly executable: string | Uint8Array };

export function folder(
  files: Readonly<Record<string, Given>> | readonly (readonly [string, Given])[],
): FolderFile[] {
  const entries = Array.isArray(files) ? files : Object.entries(files);
  return entries.map(([path, given]: readonly [string, Given]) => {
    const executable = typeof given === 'object' && 'executable' in given;
    const content = executable ? given.executable : given;
    return {
      path: Buffer.from(path, 'utf8'),
      kind: executable ? 'executable' : 'file',
      bytes: Buffer.from(content),
    };
  });
}
