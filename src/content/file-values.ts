// Where each file's bytes stand in the ConfigMap: text in `data`, everything else in `binaryData`.

export type FileValues = {
  readonly data: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, string>>;
};

export type FileValue = {
  readonly map: keyof FileValues;
  readonly text: string;
  /** What it takes in the JSON of a request, quotes included. */
  readonly jsonBytes: number;
};

/** Both maps decode to the very bytes that came in. */
export function fileValues(
  files: readonly { readonly key: string; readonly value: FileValue }[],
): FileValues {
  const entries = (map: keyof FileValues): [string, string][] =>
    files.flatMap(({ key, value }) => (value.map === map ? [[key, value.text]] : []));
  // fromEntries defines properties: a file named __proto__ is a key like any other.
  return { data: Object.fromEntries(entries('data')), binaryData: Object.fromEntries(entries('binaryData')) };
}

export function fileValue(bytes: Uint8Array): FileValue {
  const escaped = escapedLength(bytes);
  const text = growsTooMuch(bytes, escaped) ? undefined : readableText(bytes);
  if (text !== undefined) return { map: 'data', text, jsonBytes: escaped + 2 };
  const encoded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  return { map: 'binaryData', text: encoded, jsonBytes: encoded.length + 2 };
}

/** What the maps hold for a key, decoded; undefined when there is none. */
export function fileBytes(
  values: {
    readonly data?: Readonly<Record<string, string>> | undefined;
    readonly binaryData?: Readonly<Record<string, string>> | undefined;
  },
  key: string,
): Buffer | undefined {
  const { data = {}, binaryData = {} } = values;
  const text = Object.hasOwn(data, key) ? data[key] : undefined;
  if (text !== undefined) return Buffer.from(text, 'utf8');
  const encoded = Object.hasOwn(binaryData, key) ? binaryData[key] : undefined;
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
}

// A byte order mark is content too.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// In JSON a control character is six bytes (`\u0001`), a quote or a line end two. Text that would more than double
// goes the way of bytes, so that one MiB of values is never more than two MiB of a request that may have three.
function growsTooMuch(bytes: Uint8Array, escaped: number): boolean {
  if (escaped <= 2 * bytes.length) return false;
  // With few control characters it is quotes that double, which text may have. Part of the format: it stays as it is.
  return 5 * bytes.reduce((count, byte) => (byte < 0x20 ? count + 1 : count), 0) > bytes.length;
}

function readableText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

// How many bytes more than itself a byte is in JSON.
const escapeBytes = Uint8Array.from({ length: 256 }, (_, byte) => {
  if ([0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x22, 0x5c].includes(byte)) return 1;
  return byte < 0x20 ? 5 : 0;
});

// What JSON makes of them, if they are UTF-8.
function escapedLength(bytes: Uint8Array): number {
  let length = bytes.length;
  // Several times as fast as an iterator, and this looks at every byte that is published.
  for (let at = 0; at < bytes.length; at += 1) length += escapeBytes[bytes[at] ?? 0] ?? 0;
  return length;
}
