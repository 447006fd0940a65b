// A source file's code without its comments and without what stands in strings, templates and regular expressions, so
// that a word found there is code. Code inside a template goes with the template: biome looks at it, too.

const notCode = new RegExp(
  [
    '//.*',
    String.raw`/\*[\s\S]*?\*/`,
    String.raw`'(?:[^'\\\n]|\\.)*'`,
    String.raw`"(?:[^"\\\n]|\\.)*"`,
    '`(?:[^`\\\\]|\\\\[\\s\\S])*`',
    // A slash divides after a value, and begins a regular expression after anything else.
    String.raw`(?<=(?:[(,=:[!&|?{};+]|\breturn)\s*)/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*`,
  ].join('|'),
  'g',
);

/** Same length and lines as the source; what is no code is spaces. */
export function codeOf(source: string): string {
  return source.replaceAll(notCode, (text) => text.replaceAll(/[^\n]/g, ' '));
}
