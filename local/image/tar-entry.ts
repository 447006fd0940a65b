// What a tar archive holds, as far as images and `git archive` need it.

export type TarEntry = { readonly path: string } & (
  | { readonly type: 'file'; readonly content: Uint8Array; readonly mode: number }
  | { readonly type: 'folder'; readonly mode: number }
  | { readonly type: 'symlink'; readonly target: string }
);
