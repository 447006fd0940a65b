// Whether a folder fits into one ConfigMap, counted as the API server counts, before anything is sent to it.
import type { ContentHash } from '../api/identifiers.ts';
import { type SnapshotFile, snapshotMetadata } from '../api/snapshot.ts';
import type { CheckedFile } from './check-files.ts';
import { contentFormat } from './content-hash.ts';
import type { FileValues } from './file-values.ts';
import type { Rejected } from './folder-file.ts';
import { showBytes, showPath } from './words.ts';

// The API server's own limits: values decoded; all annotations, keys and values; the body of a request.
const maxValueBytes = 1024 * 1024;
const maxAnnotationBytes = 256 * 1024;
const maxRequestBytes = 3 * 1024 * 1024;
// etcd takes requests of up to 1.5 MiB, and some of it is envelope.
const maxStoredBytes = 1.5 * 1024 * 1024 - 16 * 1024;
// Name, namespace, revision, author and subject (200 characters of up to 4 bytes each, 6 in JSON), labels, uid, times.
const reservedBytes = 8 * 1024;
// Protobuf tags and lengths around an entry of a map.
const storedBytesPerEntry = 16;
// The API server compares each item of a volume with each other: 2 000 take it 0.12 s a Pod, 10 000 take 2.6 s.
const maxFilesWithItems = 2_000;

export type SizedContent = {
  readonly hash: ContentHash;
  readonly mountPath: string;
  readonly files: readonly SnapshotFile[];
  readonly environment: readonly string[] | undefined;
  readonly values: FileValues;
};

/** Undefined when it fits. */
export function checkValueBytes(files: readonly CheckedFile[]): Rejected | undefined {
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (bytes <= maxValueBytes) return undefined;
  return tooLarge(
    `the files are ${showBytes(bytes)} together, and a ConfigMap holds at most ${showBytes(maxValueBytes)}`,
    files,
  );
}

/** Undefined when it fits; the values must have been checked before, since this one makes the whole request. */
export function checkObjectSize(content: SizedContent, files: readonly CheckedFile[]): Rejected | undefined {
  const needsItems = content.files.some((file) => file.executable || file.key !== file.path);
  if (needsItems && files.length > maxFilesWithItems) {
    return tooLarge(
      `it has ${files.length} files, and with subfolders, executable files or names that no ConfigMap key allows there may be at most ${maxFilesWithItems}`,
      files,
    );
  }
  const { labels, annotations } = snapshotMetadata({
    ...content,
    config: '',
    format: contentFormat,
    revision: '',
    author: '',
    subject: '',
  });
  const annotationBytes = reservedBytes + entryBytes(annotations);
  if (annotationBytes > maxAnnotationBytes) {
    return tooLarge(
      `the list of its ${files.length} paths is ${showBytes(annotationBytes)}, and an object's annotations hold at most ${showBytes(maxAnnotationBytes)}`,
      files,
    );
  }
  const keyBytes = content.files.reduce((sum, file) => sum + Buffer.byteLength(file.key), 0);
  const valueBytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  // Every key is stored twice: in the map, and in managedFields as `"f:<key>":{},`.
  const storedBytes =
    valueBytes + annotationBytes + 2 * keyBytes + files.length * (storedBytesPerEntry + 8) + reservedBytes;
  if (storedBytes > maxStoredBytes) {
    return tooLarge(
      `with its ${files.length} paths it is ${showBytes(storedBytes)}, and the API server stores at most ${showBytes(maxStoredBytes)} an object`,
      files,
    );
  }
  const requestBytes =
    Buffer.byteLength(JSON.stringify({ metadata: { labels, annotations }, ...content.values })) +
    reservedBytes;
  if (requestBytes > maxRequestBytes) {
    return tooLarge(
      `as a request it is ${showBytes(requestBytes)}, and the API server takes at most ${showBytes(maxRequestBytes)}`,
      files,
    );
  }
  return undefined;
}

function tooLarge(what: string, files: readonly CheckedFile[]): Rejected {
  const largest = files
    .toSorted((one, other) => other.bytes.length - one.bytes.length)
    .slice(0, 3)
    .map((file) => `${showPath(file.path)} ${showBytes(file.bytes.length)}`);
  return {
    kind: 'rejected',
    reason: 'TooLarge',
    message: `the folder does not fit into one ConfigMap: ${what}. Largest: ${largest.join(', ')}. Take files that are no config out of it, or split it into several folders with a GitConfig each`,
  };
}

function entryBytes(map: Readonly<Record<string, string>>): number {
  return Object.entries(map).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
}
