// Which modules a source file imports. It relies on the formatter: statements begin at the start of a line.

export type Import = {
  readonly specifier: string;
  /** `type` imports are erased: they say what a file knows, not what it loads. */
  readonly kind: 'static' | 'type' | 'dynamic';
};

const statement =
  /^(?:import|export)(\s+type)?\s+(?:[\w$]+(?:\s*,\s*)?)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\})?\s*from\s+['"]([^'"]+)['"]/gm;
const sideEffect = /^import\s+['"]([^'"]+)['"]/gm;
const call = /\bimport\(\s*(?:['"]([^'"]+)['"]\s*\))?/g;

/** A dynamic import of anything but a literal has the specifier `?`: nobody could say where it leads. */
export function importsOf(source: string): Import[] {
  const code = source.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
  const found: Import[] = [];
  for (const [, type, specifier] of code.matchAll(statement)) {
    if (specifier !== undefined) found.push({ specifier, kind: type === undefined ? 'static' : 'type' });
  }
  for (const [, specifier] of code.matchAll(sideEffect)) {
    if (specifier !== undefined) found.push({ specifier, kind: 'static' });
  }
  for (const [, specifier] of code.matchAll(call)) {
    found.push({ specifier: specifier ?? '?', kind: 'dynamic' });
  }
  return found;
}
