// Which files are looked at, and as what: by the end of their names, in either case. All others are left alone.

export type FileType = 'yaml' | 'json' | 'jsonWithComments' | 'toml' | 'ini' | 'properties' | 'xml';

// Ends of names that mean one format wherever they are seen. Not here: `.conf`, `.cfg` and `.cnf`, which each program
// reads in its own way.
const types: Readonly<Record<string, FileType>> = {
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  jsonc: 'jsonWithComments',
  toml: 'toml',
  ini: 'ini',
  properties: 'properties',
  xml: 'xml',
};

/** Whether a JSON Schema can say anything of such a file. */
export function isDescribable(type: FileType | undefined): boolean {
  return type === 'yaml' || type === 'json' || type === 'jsonWithComments' || type === 'toml';
}

/** Undefined for a file that nothing is known of. */
export function fileTypeOf(path: string): FileType | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  const extension = name.slice(dot + 1).toLowerCase();
  return dot >= 0 && Object.hasOwn(types, extension) ? types[extension] : undefined;
}
