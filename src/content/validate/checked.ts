// What a check of one file gives: what is wrong in it, or what it holds, for a schema to look at.
import type { ContentError } from '../content-error.ts';

export type Place = { readonly line: number; readonly column: number };

/** An error of a file whose path is known elsewhere. */
export type Finding = Omit<ContentError, 'path'>;

export type Checked =
  | { readonly kind: 'ok'; readonly documents: readonly CheckedDocument[] }
  | { readonly kind: 'wrong'; readonly finding: Finding };

export type CheckedDocument = {
  /** As JSON would hold it. */
  readonly value: unknown;
  /** Where the value under these keys stands, or the nearest one around it; undefined where the format cannot say. */
  readonly placeOf: (keys: readonly (string | number)[]) => Place | undefined;
};

/** Well-formed, and of a kind that no schema describes. */
export const plainText: Checked = { kind: 'ok', documents: [] };

export function wrong(message: string, place?: Partial<Place>): Checked {
  return { kind: 'wrong', finding: { ...place, message } };
}

/** Linear: asked once or a few times a file. Ends of lines as YAML and editors count them: `\n`, `\r\n` and `\r`. */
export function placeAt(text: string, offset: number): Place {
  let line = 1;
  let start = 0;
  for (let at = 0; at < offset; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 10 && (code !== 13 || text.charCodeAt(at + 1) === 10)) continue;
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}
