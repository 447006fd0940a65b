// `spec.env` of a GitConfig: which files of the folder become environment variables as well.

export type EnvSource = {
  /** Path below the config folder; its name says the format. */
  readonly file: string;
  /** Put before each name. */
  readonly prefix?: string;
  /** Only these, named as the file gives them, before the prefix. */
  readonly keys?: readonly string[];
};
