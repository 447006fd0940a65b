// What is asked of a folder, with all that is needed to look: no file and no object is read any more.

export type Rules = {
  /** Globs of files that are not looked at. */
  readonly skip: readonly string[];
  /** Paths or globs of which each must have a file. */
  readonly required: readonly string[];
  readonly schemas: readonly SchemaRule[];
  /** Globs of files in which nothing is taken for a secret. Default: none. */
  readonly allowSecrets?: readonly string[];
};

export type SchemaRule = {
  /** Globs of the files that must follow it. */
  readonly files: readonly string[];
  readonly schema: SchemaText;
};

export type SchemaText = {
  /** For messages: a path, or a key of a ConfigMap. */
  readonly name: string;
  readonly bytes: Uint8Array;
};
