// How large an object of a Snapshot becomes, counted as the API server counts, while files are put into it one by one. The
// numbers are part of the format: with others the same content would be laid out differently under the same names.
import type { ObjectMeta } from '../api/objects.ts';
import { encodeFile, needsItem, type SnapshotFile } from '../api/snapshot-files.ts';
import type { FileValue } from './file-values.ts';

/** The API server's own limits: values decoded; all annotations, keys and values; the body of a request. */
export const objectLimits = {
  valueBytes: 1024 * 1024,
  annotationBytes: 256 * 1024,
  requestBytes: 3 * 1024 * 1024,
  /** etcd takes requests of up to 1.5 MiB, and some of it is envelope. */
  storedBytes: 1.5 * 1024 * 1024 - 16 * 1024,
  /**
   * The API server compares each item of a source with each other one: 2 000 take it 0.12 s a Pod, 10 000 take 2.6 s. An
   * object without items may have any number of files.
   */
  items: 2_000,
} as const;

// Name, namespace, revision, author and subject (200 characters of up to 4 bytes each, 6 in JSON), labels, uid, times.
const reservedBytes = 8 * 1024;
// Protobuf tags and lengths around an entry of a map; and every key stands in managedFields, too, as `"f:<key>":{},`.
const storedBytesPerFile = 16 + 8;

export type SizedFile = SnapshotFile & { readonly bytes: Uint8Array; readonly value: FileValue };

export type ObjectSize = {
  readonly files: number;
  readonly needsItems: boolean;
  readonly valueBytes: number;
  readonly keyBytes: number;
  readonly annotationBytes: number;
  readonly requestBytes: number;
  /** In each of the two maps, for the commas. */
  readonly entries: { readonly data: number; readonly binaryData: number };
};

/** `metadata`: of the object without any file. */
export function emptySize({ labels, annotations }: Pick<ObjectMeta, 'labels' | 'annotations'>): ObjectSize {
  const body = { metadata: { labels, annotations }, data: {}, binaryData: {} };
  return {
    files: 0,
    needsItems: false,
    valueBytes: 0,
    keyBytes: 0,
    annotationBytes: reservedBytes + entryBytes(annotations ?? {}),
    requestBytes: reservedBytes + Buffer.byteLength(JSON.stringify(body)),
    entries: { data: 0, binaryData: 0 },
  };
}

export function withFile(size: ObjectSize, file: SizedFile): ObjectSize {
  const { map, jsonBytes } = file.value;
  const listed = JSON.stringify(encodeFile(file));
  const comma = size.files === 0 ? 0 : 1;
  // The list is JSON in a string of JSON: its quotes are escaped once more.
  const listedInJson = Buffer.byteLength(JSON.stringify(listed)) - 2;
  const entry =
    Buffer.byteLength(JSON.stringify(file.key)) + 1 + jsonBytes + (size.entries[map] === 0 ? 0 : 1);
  return {
    files: size.files + 1,
    needsItems: size.needsItems || needsItem(file),
    valueBytes: size.valueBytes + file.bytes.length,
    keyBytes: size.keyBytes + Buffer.byteLength(file.key),
    annotationBytes: size.annotationBytes + Buffer.byteLength(listed) + comma,
    requestBytes: size.requestBytes + listedInJson + comma + entry,
    entries: { ...size.entries, [map]: size.entries[map] + 1 },
  };
}

export function fits(size: ObjectSize): boolean {
  const { annotationBytes, valueBytes, keyBytes, files } = size;
  const storedBytes =
    valueBytes + annotationBytes + 2 * keyBytes + files * storedBytesPerFile + reservedBytes;
  return (
    valueBytes <= objectLimits.valueBytes &&
    annotationBytes <= objectLimits.annotationBytes &&
    storedBytes <= objectLimits.storedBytes &&
    size.requestBytes <= objectLimits.requestBytes &&
    !(size.needsItems && files > objectLimits.items)
  );
}

function entryBytes(map: Readonly<Record<string, string>>): number {
  return Object.entries(map).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
}
