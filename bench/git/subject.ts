// Who reads a folder of a repository in the bench.

export type Subject = { readonly name: string; open(at: Place): Promise<Reader> };

export type Place = {
  readonly url: string;
  /** The folder that is read. */
  readonly path: string;
  /** Not there yet, for who needs one. */
  readonly directory: string;
};

export type Reader = {
  /** Of a program that stays: MiB before it has read anything. */
  readonly resting?: number;
  /** From nothing. */
  first(): Promise<Read>;
  /** After a push. */
  again(): Promise<Read>;
  close(): Promise<void>;
};

export type Read = {
  /** By path below the folder. */
  readonly files: ReadonlyMap<string, string>;
  readonly milliseconds: number;
  /** Peak so far of the memory that is resident. */
  readonly mebibytes: number;
};
