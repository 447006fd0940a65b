// `spec.validate` of a GitConfig: what is looked at before anything is published, beside the syntax of files whose type
// is known.

export type ValidateSpec = {
  /** Globs of files that are not looked at. */
  readonly skip?: readonly string[];
  /** Paths or globs of which each must have a file. */
  readonly required?: readonly string[];
  readonly schemas?: readonly SchemaSpec[];
};

export type SchemaSpec = {
  /** Globs of the files that must follow it. */
  readonly files: readonly string[];
  /** Exactly one of the two. */
  readonly schema: {
    /** Below the config folder. */
    readonly path?: string;
    /** Of the same namespace. */
    readonly configMapRef?: { readonly name: string; readonly key: string };
  };
};
