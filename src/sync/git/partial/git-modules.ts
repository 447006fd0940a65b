// PURE: which URL each submodule of a repository has: `.gitmodules`, in the format of Git's configuration files. What is
// not understood is passed over.
import { trimEndOf } from '../../../lib/trim-end.ts';

/** In a repository's root. */
export const gitModulesName = Buffer.from('.gitmodules');

/** By path within the repository. */
export function parseGitModules(text: string): Map<string, string> {
  const modules = new Map<string, { path?: string; url?: string }>();
  let current: { path?: string; url?: string } = {};
  for (const line of logicalLines(text)) {
    const section = /^\s*\[\s*submodule\s+"((?:[^"\\]|\\.)*)"\s*\]/i.exec(line);
    if (section !== null) {
      const name = (section[1] ?? '').replaceAll(/\\(.)/g, '$1');
      current = modules.get(name) ?? {};
      modules.set(name, current);
    } else if (/^\s*\[/.test(line)) current = {};
    const rest = section === null ? line : line.slice(section[0].length);
    const variable = /^\s*(path|url)\s*=\s*(.*)$/i.exec(rest);
    if (variable === null) continue;
    const value = unquoted(variable[2] ?? '');
    if (variable[1]?.toLowerCase() === 'path') current.path = trimEndOf(value, '/');
    else current.url = value;
  }
  const urls = new Map<string, string>();
  for (const { path, url } of modules.values()) {
    if (path !== undefined && url !== undefined) urls.set(path, url);
  }
  return urls;
}

// A line goes on behind a backslash at its end.
function logicalLines(text: string): string[] {
  return text.replaceAll('\r\n', '\n').replaceAll('\\\n', '').split('\n');
}

// Quotes keep blanks and what else begins a comment; a backslash makes the next character plain.
function unquoted(text: string): string {
  let value = '';
  let isQuoted = false;
  let blanks = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (character === '#' || character === ';')) break;
    else if (!isQuoted && /\s/.test(character)) {
      blanks += character;
      continue;
    } else {
      at += character === '\\' ? 1 : 0;
      value += blanks + (character === '\\' ? escaped(text[at] ?? '') : character);
    }
    if (character === '"') value += blanks;
    blanks = '';
  }
  return value;
}

function escaped(character: string): string {
  return { n: '\n', t: '\t', b: '\b' }[character] ?? character;
}
