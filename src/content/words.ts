// Paths and sizes as messages show them. A path is a stranger's words: it is quoted, cleaned and cut.

/** Quoted, control and format characters escaped, at most 120 characters of it. */
export function showPath(path: string | Uint8Array): string {
  const text = typeof path === 'string' ? path : new TextDecoder().decode(path);
  const characters = [...text];
  const shown = characters.length > 120 ? `${characters.slice(0, 120).join('')}...` : text;
  return JSON.stringify(shown).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, escapeCharacter);
}

/** Bytes with the exact number beside the rounded one: `1.4 MiB (1468006 bytes)`. */
export function showBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const [value, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'KiB'] : [bytes / 1024 ** 2, 'MiB'];
  return `${Number(value.toFixed(2))} ${unit} (${bytes} bytes)`;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
