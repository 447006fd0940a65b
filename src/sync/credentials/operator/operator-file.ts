// The operator's file of credentials: for which host and which namespaces, and where their values are. It holds no value
// itself, and what stands in it is not repeated by messages: somebody may have written one there all the same.
import { load, YAMLException } from 'js-yaml';
import { isRecord } from '../../../lib/json.ts';
import { hostOf } from '../bound-host.ts';
import { isMaterialKey, materialKeys } from '../material.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type OperatorEntry = {
  /** `host[:port]`; without a port that of the scheme. */
  readonly host: string;
  readonly namespaces: readonly string[] | 'all';
  readonly place:
    | { readonly kind: 'directory'; readonly path: string }
    /** Key -> value. */
    | { readonly kind: 'environment'; readonly values: ReadonlyMap<string, string> };
};

export type OperatorFile =
  | { readonly kind: 'ok'; readonly entries: readonly OperatorEntry[] }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Pure. All problems are told together, each with the number of its entry. */
export function parseOperatorFile(text: string, environment: Environment): OperatorFile {
  let raw: unknown;
  try {
    raw = load(text);
  } catch (error) {
    const line = error instanceof YAMLException && error.mark ? ` (line ${error.mark.line + 1})` : '';
    return { kind: 'invalid', problems: [`it is not YAML${line}`] };
  }
  if (!Array.isArray(raw)) {
    return {
      kind: 'invalid',
      problems: ['it must be a list of entries, each with host, namespaces, and directory or environment'],
    };
  }
  const problems: string[] = [];
  const entries = raw.flatMap((each: unknown, index) => {
    const say = (problem: string): void => void problems.push(`entry ${index + 1}: ${problem}`);
    const entry = parseEntry(each, environment, say);
    return entry === undefined ? [] : [entry];
  });
  problems.push(...doubles(entries));
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'ok', entries };
}

const fields = ['host', 'namespaces', 'directory', 'environment'];

function parseEntry(
  raw: unknown,
  environment: Environment,
  say: (problem: string) => void,
): OperatorEntry | undefined {
  if (!isRecord(raw)) {
    say('it must have host, namespaces, and directory or environment');
    return undefined;
  }
  if (Object.keys(raw).some((key) => !fields.includes(key))) {
    say(`it has a field that is none of ${fields.join(', ')}`);
  }
  const host = typeof raw.host === 'string' ? hostOf(raw.host, 'ssh') : undefined;
  if (host === undefined) say('host must be host or host:port, such as git.example.com');
  const namespaces = parseNamespaces(raw.namespaces, say);
  const place = parsePlace(raw.directory, raw.environment, environment, say);
  if (typeof raw.host !== 'string' || namespaces === undefined || place === undefined) return undefined;
  // Kept as it was written: what its port means depends on the scheme of the address.
  return { host: raw.host.trim().toLowerCase(), namespaces, place };
}

function parseNamespaces(
  raw: unknown,
  say: (problem: string) => void,
): readonly string[] | 'all' | undefined {
  const names = Array.isArray(raw) ? raw.filter((each): each is string => typeof each === 'string') : [];
  const isWhole = Array.isArray(raw) && names.length === raw.length && names.length > 0;
  if (isWhole && names.length === 1 && names[0] === '*') return 'all';
  if (isWhole && names.every((name) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))) return names;
  say('namespaces must list who may use it by name, such as [prod, stage], or be ["*"] for all');
  return undefined;
}

function parsePlace(
  directory: unknown,
  variables: unknown,
  environment: Environment,
  say: (problem: string) => void,
): OperatorEntry['place'] | undefined {
  if ((directory === undefined) === (variables === undefined)) {
    say('it must have exactly one of directory and environment');
    return undefined;
  }
  if (directory !== undefined) {
    if (typeof directory === 'string' && directory.startsWith('/'))
      return { kind: 'directory', path: directory };
    say('directory must be an absolute path, such as /etc/confroll/git/example');
    return undefined;
  }
  if (!isRecord(variables) || Object.keys(variables).length === 0) {
    say(
      'environment must map keys to names of variables, such as {username: GIT_USER, password: GIT_PASSWORD}',
    );
    return undefined;
  }
  const values = new Map<string, string>();
  for (const [key, variable] of Object.entries(variables)) {
    if (!isMaterialKey(key)) {
      say(`environment has a key that is none of ${materialKeys.join(', ')}`);
    } else if (typeof variable !== 'string' || !/^[A-Za-z_]\w*$/.test(variable)) {
      say(`environment.${key} must be the name of a variable`);
    } else {
      const value = environment[variable] ?? '';
      if (value === '') say(`the variable that environment.${key} names is not set`);
      values.set(key, value);
    }
  }
  return { kind: 'environment', values };
}

// Two that fit alike would make the order of the file count.
function doubles(entries: readonly OperatorEntry[]): string[] {
  const seen = new Set<string>();
  return entries.flatMap(({ host, namespaces }) =>
    (namespaces === 'all' ? ['*'] : namespaces).flatMap((namespace) => {
      const key = `${host} ${namespace}`;
      if (!seen.has(key)) {
        seen.add(key);
        return [];
      }
      const who = namespace === '*' ? 'all namespaces' : `namespace ${namespace}`;
      return [`host ${host} is there twice for ${who}: keep one`];
    }),
  );
}
