// How much one pack may hold. A pack of one megabyte can inflate to a thousand, and a delta of ten bytes to any size, so
// the sizes that count are those after inflating.

export type UnpackLimits = {
  readonly objects: number;
  /** One object, or one delta. */
  readonly objectBytes: number;
  /** All objects and all deltas together. */
  readonly totalBytes: number;
};

export const defaultUnpackLimits: UnpackLimits = {
  // A folder may have 20 000 files and subfolders; as many again are the commits of a history and the trees above.
  objects: 50_000,
  // No folder may hold more, so no file of one can be larger.
  objectBytes: 32 * 1024 * 1024,
  // The largest folder, and as much again for trees, commits and deltas; they are held at once.
  totalBytes: 64 * 1024 * 1024,
};
