// Credentials that the operator keeps for tenants, so that fifty namespaces need no fifty copies: used where a GitConfig
// names no Secret, and its host and namespace are listed. File and directories are looked at each time.
import { createHash } from 'node:crypto';
import type { RepositoryAddress } from '../../../api/repository-url.ts';
import type { Log } from '../../../lib/log.ts';
import { SourceError } from '../../git/source-error.ts';
import type { SourceFailure } from '../../source.ts';
import { hostOf } from '../bound-host.ts';
import { createMaterial, type Material } from '../material.ts';
import { readMounted } from './mounted-directory.ts';
import { type Environment, type OperatorEntry, parseOperatorFile } from './operator-file.ts';
import { readBounded } from './read-bounded.ts';

// As much as a ConfigMap holds, where it mostly comes from.
const maxFileBytes = 1024 * 1024;

export type OperatorCredentials = {
  /** Undefined where none is meant for them. Rejects with a SourceError when it cannot be read. */
  find(address: RepositoryAddress, namespace: string): Promise<Material | undefined>;
};

export type OpenedOperatorCredentials =
  | { readonly kind: 'ok'; readonly operator: OperatorCredentials }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

export type OperatorOptions = {
  readonly file: string;
  /** Variables that the file may name. */
  readonly environment: Environment;
  readonly log: Pick<Log, 'info' | 'warn'>;
};

export const noOperatorCredentials: OperatorCredentials = { find: async () => undefined };

/** A file that cannot be used is told now; once it was good, a bad change of it leaves the last good one in force. */
export async function openOperatorCredentials(options: OperatorOptions): Promise<OpenedOperatorCredentials> {
  const { file, environment, log } = options;
  const first = await readEntries(file, environment);
  if (first.kind === 'invalid') {
    return {
      kind: 'invalid',
      problems: first.problems.map((problem) => `--git-credentials ${file}: ${problem}`),
    };
  }
  let { entries, text } = first;
  let lastProblem = '';
  let looking: Promise<void> | undefined;
  const said = new Map<string, string>();

  const look = async (): Promise<void> => {
    const now = await readEntries(file, environment, text);
    if (now.kind === 'unchanged') return;
    if (now.kind === 'ok') {
      ({ entries, text } = now);
      lastProblem = '';
      log.info({ file, entries: entries.length }, "the operator's credentials have changed");
      return;
    }
    // It is looked at each time somebody looks at Git, and told once.
    const problem = now.problems.join('; ');
    if (problem === lastProblem) return;
    lastProblem = problem;
    log.warn(
      { file, problems: now.problems },
      "the operator's credentials are kept as they were: the file has mistakes",
    );
  };

  // The operator is told all, the tenant only whom to ask: paths and keys are none of theirs.
  const refuse = (
    entry: OperatorEntry,
    state: string,
    why: string,
    kind: SourceFailure['class'],
  ): SourceFailure => {
    const { host } = entry;
    const place = entry.place.kind === 'directory' ? { directory: entry.place.path } : { environment: true };
    const at = JSON.stringify([host, place]);
    if (said.get(at) !== `${state} ${why}`) {
      said.set(at, `${state} ${why}`);
      log.warn({ host, ...place, why }, "the operator's credentials cannot be used");
    }
    return {
      kind: 'failed',
      class: kind,
      reason: 'SecretInvalid',
      message: `${nameOf(host)} cannot be used: whoever runs confroll finds the reason in its log; or give credentials of this namespace in spec.source.secretRef`,
    };
  };

  const find: OperatorCredentials['find'] = async (address, namespace) => {
    // In clear text anybody on the way could read what belongs to all the tenants.
    if (address.scheme === 'http') return undefined;
    looking ??= look().finally(() => {
      looking = undefined;
    });
    await looking;
    const entry = entryFor(entries, address, namespace);
    if (entry === undefined) return undefined;
    const values = await valuesOf(entry);
    if (values.kind === 'unreadable') throw new SourceError(refuse(entry, '', values.problem, 'retry'));
    const state = digestOf(values.values);
    return createMaterial(nameOf(entry.host), values.values, (why) => refuse(entry, state, why, 'person'));
  };
  return { kind: 'ok', operator: { find } };
}

const nameOf = (host: string): string => `the operator's for ${host}`;

type Entries =
  | { readonly kind: 'ok'; readonly entries: readonly OperatorEntry[]; readonly text: string }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

async function readEntries(file: string, environment: Environment): Promise<Entries>;
async function readEntries(
  file: string,
  environment: Environment,
  known: string,
): Promise<Entries | { readonly kind: 'unchanged' }>;
async function readEntries(
  file: string,
  environment: Environment,
  known?: string,
): Promise<Entries | { readonly kind: 'unchanged' }> {
  const read = await readBounded(file, maxFileBytes);
  if (read.kind === 'absent') return { kind: 'invalid', problems: ['it is not there'] };
  if (read.kind === 'unreadable') return { kind: 'invalid', problems: [`it ${read.problem}`] };
  const text = read.bytes.toString('utf8');
  if (text === known) return { kind: 'unchanged' };
  const parsed = parseOperatorFile(text, environment);
  return parsed.kind === 'ok' ? { ...parsed, text } : parsed;
}

/**
 * A port comes before none, since what logs in depends on the scheme; then who is named before all. No two are alike in
 * both.
 */
function entryFor(
  entries: readonly OperatorEntry[],
  { scheme, host }: RepositoryAddress,
  namespace: string,
): OperatorEntry | undefined {
  const rank = (entry: OperatorEntry): number =>
    (/:\d+$/.test(entry.host) ? 0 : 2) + (entry.namespaces === 'all' ? 1 : 0);
  const fitting = entries.filter(
    (entry) =>
      hostOf(entry.host, scheme) === host &&
      (entry.namespaces === 'all' || entry.namespaces.includes(namespace)),
  );
  return fitting.toSorted((one, other) => rank(one) - rank(other))[0];
}

async function valuesOf({ place }: OperatorEntry) {
  if (place.kind === 'directory') return readMounted(place.path);
  const values = new Map([...place.values].map(([key, value]) => [key, Buffer.from(value)] as const));
  return { kind: 'ok', values } as const;
}

/** Tells two states of the values apart, so that a new mistake is told anew. */
function digestOf(values: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256');
  for (const [key, value] of values) hash.update(`${key} ${value.length} `).update(value);
  return hash.digest('hex');
}
