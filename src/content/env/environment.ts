// Files of a folder -> environment variables, as spec.env says: read, chosen, named and checked.
import type { EnvSource } from '../../api/env-spec.ts';
import type { ContentError } from '../content-error.ts';
import { comparePaths } from '../content-hash.ts';
import { showBytes } from '../words.ts';
import type { EnvEntry, EnvReading } from './entry.ts';
import { envFormat, fileNameRule } from './env-format.ts';
import { readDotenv } from './read-dotenv.ts';
import { readJson } from './read-json.ts';
import { readProperties } from './read-properties.ts';
import { readYaml } from './read-yaml.ts';
import { isVariableName, nameRule } from './variable-name.ts';

export type Variable = { readonly name: string; readonly value: string };

export type Environment =
  /** In byte order of the names, each once. */
  | { readonly kind: 'ok'; readonly variables: readonly Variable[] }
  /** At least one error. */
  | { readonly kind: 'invalid'; readonly errors: readonly ContentError[] };

type EnvFile = { readonly path: string; readonly bytes: Uint8Array };
type Placed = EnvEntry & { readonly path: string };

// Linux gives a process no single variable of more than 32 pages, NAME=value and its end together.
const maxVariableBytes = 128 * 1024;
// Twice that, far below what Linux gives in all (2 MiB with the usual stack), and no request to the API server becomes
// too large by it, however its characters are escaped.
const maxEnvironmentBytes = 256 * 1024;
// Twice what all variables may be, for the comments between them. Files are read in the process itself: a MiB of the worst
// YAML takes two seconds and more, and a leader that says nothing for ten is replaced.
const maxFileBytes = 512 * 1024;
// Of all files together, each counted once.
const maxFilesBytes = 512 * 1024;
// What each takes beside its bytes: `=`, the end, and a pointer.
const bytesPerVariable = 10;

/** Never throws. All errors of all files at once. */
export function buildEnvironment(sources: readonly EnvSource[], files: readonly EnvFile[]): Environment {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const named = [...new Set(sources.map(({ file }) => file))].flatMap((file) => byPath.get(file) ?? []);
  const bytes = named.reduce((sum, file) => sum + file.bytes.length, 0);
  if (named.length > 1 && bytes > maxFilesBytes)
    return { kind: 'invalid', errors: [tooManyFiles(named, bytes)] };
  // One file may be named with several prefixes.
  const readings = new Map(
    named.map((file) => [file.path, { ...file, reading: read(file.path, file.bytes) }]),
  );
  const taken = sources.map((source) => takeFrom(source, readings.get(source.file)));
  const found = taken.flatMap(({ entries }) => entries);
  const errors = [...taken.flatMap((each) => each.errors), ...twice(found)];
  const tooMuch = errors.length === 0 ? tooManyBytes(found, sources) : undefined;
  if (tooMuch !== undefined) errors.push(tooMuch);
  if (errors.length > 0) return { kind: 'invalid', errors };
  const variables = found.map(({ name, value }) => ({ name, value }));
  return { kind: 'ok', variables: variables.toSorted((one, other) => comparePaths(one.name, other.name)) };
}

type Taken = { readonly entries: readonly Placed[]; readonly errors: readonly ContentError[] };

type ReadFile = { readonly path: string; readonly reading: EnvReading };

function takeFrom({ file, prefix = '', keys }: EnvSource, found: ReadFile | undefined): Taken {
  if (found === undefined) {
    const message = 'spec.env names it, and the folder has no such file; correct spec.env or commit the file';
    return { entries: [], errors: [{ path: file, message }] };
  }
  const { path, reading } = found;
  if (reading.kind === 'unreadable') {
    return { entries: [], errors: reading.problems.map((problem) => ({ path, ...problem })) };
  }
  const wanted = keys === undefined ? undefined : new Set(keys);
  const chosen = reading.entries.filter(({ name }) => wanted === undefined || wanted.has(name));
  const there = new Set(chosen.map(({ name }) => name));
  const errors: ContentError[] = [...(wanted ?? [])]
    .filter((key) => !there.has(key))
    .map((key) => ({
      path,
      message: `it gives no variable ${JSON.stringify(key)}, which spec.env takes from it (keys); correct keys or the file`,
    }));
  const entries: Placed[] = [];
  for (const { name, value, line, column } of chosen) {
    const entry = { path, name: `${prefix}${name}`, value, line, column };
    const message = problemOf(entry);
    if (message === undefined) entries.push(entry);
    else errors.push({ path, line, column, message });
  }
  return { entries, errors };
}

function read(path: string, bytes: Uint8Array): EnvReading {
  if (bytes.length > maxFileBytes) {
    const most = showBytes(maxFileBytes);
    return unreadable(
      `it is ${showBytes(bytes.length)}, and spec.env reads at most ${most}; keep variables apart`,
    );
  }
  const format = envFormat(path);
  if (format === undefined)
    return unreadable(`spec.env names it, and its name says no format: ${fileNameRule}`);
  let text: string;
  try {
    // A byte order mark is no part of the first name.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return unreadable('it is not UTF-8, and variables are text; save it as UTF-8');
  }
  switch (format) {
    case 'dotenv':
      return readDotenv(text);
    case 'properties':
      return readProperties(text);
    case 'yaml':
      return readYaml(text);
    case 'json':
      return readJson(text);
  }
}

function tooManyFiles(files: readonly EnvFile[], bytes: number): ContentError {
  return {
    path: files.map(({ path }) => path).join(', '),
    message: `the files that spec.env names are ${showBytes(bytes)} together, and it reads at most ${showBytes(maxFilesBytes)}; keep variables apart`,
  };
}

function unreadable(message: string): EnvReading {
  return { kind: 'unreadable', problems: [{ message }] };
}

// A name that is not allowed is not shown: in a file that is something else it may be part of a secret.
function problemOf({ name, value }: Placed): string | undefined {
  if (!isVariableName(name)) return `its name cannot be that of a variable: ${nameRule}`;
  if (value.includes('\0')) return `the value of ${name} holds a NUL character, where a variable ends`;
  if (!value.isWellFormed())
    return `the value of ${name} holds half of a character (\\ud800 to \\udfff alone)`;
  const size = sizeOf({ name, value });
  if (size <= maxVariableBytes) return undefined;
  return `${name} is ${showBytes(size)}, and Linux starts no process with a variable of more than ${showBytes(maxVariableBytes)}; keep it in a file`;
}

function twice(entries: readonly Placed[]): ContentError[] {
  const first = new Map<string, Placed>();
  const errors: ContentError[] = [];
  for (const entry of entries) {
    const { path, name, line, column } = entry;
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, entry);
      continue;
    }
    const where =
      other.path === path ? `line ${other.line}` : `${JSON.stringify(other.path)} line ${other.line}`;
    errors.push({
      path,
      line,
      column,
      message: `it gives the variable ${name}, and so does ${where}; keep one of them, or choose with keys or prefix in spec.env`,
    });
  }
  return errors;
}

function tooManyBytes(
  variables: readonly Variable[],
  sources: readonly EnvSource[],
): ContentError | undefined {
  const bytes = variables.reduce((sum, variable) => sum + sizeOf(variable), 0);
  if (bytes <= maxEnvironmentBytes) return undefined;
  return {
    path: sources.map(({ file }) => file).join(', '),
    message: `the ${variables.length} variables of spec.env are ${showBytes(bytes)} together, and may be ${showBytes(maxEnvironmentBytes)}; take fewer with keys, or read the rest from the files`,
  };
}

function sizeOf({ name, value }: Variable): number {
  return Buffer.byteLength(name) + Buffer.byteLength(value) + bytesPerVariable;
}
