// Where each file's bytes stand in the ConfigMap: text in `data`, everything else in `binaryData`.

export type FileValues = {
  readonly data: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, string>>;
};

/** Both maps decode to the very bytes that came in. */
export function fileValues(
  files: readonly { readonly key: string; readonly bytes: Uint8Array }[],
): FileValues {
  const data: [string, string][] = [];
  const binaryData: [string, string][] = [];
  for (const { key, bytes } of files) {
    const text = readableText(bytes);
    if (text === undefined) binaryData.push([key, Buffer.from(bytes).toString('base64')]);
    else data.push([key, text]);
  }
  // fromEntries defines properties: a file named __proto__ is a key like any other.
  return { data: Object.fromEntries(data), binaryData: Object.fromEntries(binaryData) };
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

// In JSON a control character is six bytes (`\u0001`), a quote or a line end two. Text that would more than double
// goes the way of bytes, so that one MiB of values is never more than two MiB of a request that may have three.
function readableText(bytes: Uint8Array): string | undefined {
  let grown = 0;
  for (const byte of bytes) {
    if (byte === 0) return undefined;
    if (byte < 0x20) grown += 5;
  }
  if (grown > bytes.length && escapedLength(bytes) > 2 * bytes.length) return undefined;
  try {
    // A byte order mark is content too.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const twoByteEscapes = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x22, 0x5c]);

function escapedLength(bytes: Uint8Array): number {
  let length = 0;
  for (const byte of bytes) {
    if (twoByteEscapes.has(byte)) length += 2;
    else length += byte < 0x20 ? 6 : 1;
  }
  return length;
}
