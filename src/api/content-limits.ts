// How much one GitConfig may publish: what holds where its spec says nothing, and what it may say at most.

export type ContentLimits = {
  readonly files: number;
  /** Files that a Pod has to name one by one: those of objects in which any name or mode is not a key's own. */
  readonly filesWithItems: number;
  readonly bytesPerFile: number;
  /** Of all files together. */
  readonly totalBytes: number;
};

const mebibyte = 1024 * 1024;

export const defaultContentLimits: ContentLimits = {
  // Far above any folder of config that we know, and far below a node_modules that somebody has committed by mistake.
  files: 5_000,
  // Every Pod carries the list, some 100 bytes a file: 400 KB of the 1.5 MiB that etcd takes for a Pod. The API server
  // compares those of one object with each other: two objects of 2 000 take it 0.24 s a Pod.
  filesWithItems: 4_000,
  // A file is one value of a ConfigMap.
  bytesPerFile: mebibyte,
  // etcd holds 2 GiB where nothing else is said, for a whole cluster and with a few Snapshots of each GitConfig.
  totalBytes: 10 * mebibyte,
};

export const maxContentLimits: ContentLimits = {
  // Each is a key, a path in an annotation, and a file that every kubelet writes; a folder is read up to 20 000 entries.
  files: 10_000,
  // With short paths; the list of a Pod has a limit in bytes as well.
  filesWithItems: 10_000,
  bytesPerFile: mebibyte,
  // As much as is read of a folder at all.
  totalBytes: 32 * mebibyte,
};
