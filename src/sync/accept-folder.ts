// A folder as it was read -> content that may be published, or the refusal that tells all that is wrong in it at once.
import type { GitConfig } from '../api/gitconfig.ts';
import { formatRevision } from '../api/revision.ts';
import { buildContent, type Content } from '../content/build-content.ts';
import { type ContentError, refuse, showError } from '../content/content-error.ts';
import { checkLimits } from '../content/select/check-limits.ts';
import type { Kube } from '../kube/api.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Refused } from './attempt.ts';
import { commitBy } from './commit-by.ts';
import { envOnly, limitsOf } from './selection-of.ts';
import type { Folder, Head } from './source.ts';
import { validateFolder } from './validate/validate-folder.ts';

export type AcceptDeps = {
  readonly kube: Pick<Kube, 'get'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
};

/** Rejects when the API server does not answer. */
export async function acceptFolder(
  config: GitConfig,
  head: Head,
  folder: Extract<Folder, { kind: 'ok' }>,
  mustBeValid: boolean,
  deps: AcceptDeps,
  signal: AbortSignal,
): Promise<Content | Refused> {
  const { mountPath, env } = config.spec;
  const by = commitBy(head, folder);
  const limits = mustBeValid ? limitsOf(config.spec) : undefined;
  const tooLarge = limits && checkLimits(folder.files, limits);
  if (tooLarge !== undefined) return refused(by, tooLarge);
  // Of no file at all nothing is asked: it is refused as a whole.
  const mustBeChecked = mustBeValid && folder.files.length > 0;
  const verdict = mustBeChecked
    ? await validateFolder(config, folder, deps, signal)
    : { errors: [], mayPass: false, isUnfinished: false };
  const content = buildContent({
    files: folder.files,
    mountPath,
    env,
    envOnly: envOnly(config.spec, folder.others),
    limits,
  });
  const built = content.kind === 'rejected' && 'errors' in content ? content : undefined;
  const errors = [...verdict.errors, ...unlessTold(built?.errors ?? [], verdict.errors)];
  if (errors.length === 0) return content.kind === 'rejected' ? refused(by, content) : content;
  tell(config, head, errors, deps.log);
  return {
    ...refused(by, refuse(errors, verdict.errors.length === 0 ? built?.reason : 'Invalid')),
    ...(verdict.mayPass ? { mayPass: true } : {}),
    ...(verdict.isUnfinished ? { notBeforeMilliseconds: unfinishedMilliseconds } : {}),
  };
}

function refused(by: string, { reason, message }: Pick<Refused, 'reason' | 'message'>): Refused {
  return { kind: 'refused', reason, message: `${by}: ${message}` };
}

// A check that is given up has kept a processor busy until then: for a thirtieth of the time, that may go on for ever.
const unfinishedMilliseconds = 10 * 60_000;

// A file that is not well-formed is read by two, and both stumble at the same line. What is wrong with a file as a whole
// is told by each in its own words.
function unlessTold(errors: readonly ContentError[], told: readonly ContentError[]): ContentError[] {
  const places = new Set(told.map(placeOf));
  return errors.filter((error) => error.line === undefined || !places.has(placeOf(error)));
}

const placeOf = ({ path, line }: ContentError): string => `${line}:${path}`;

// Enough for a person to mend them all; a folder may have as many as it has files.
const maxLogged = 200;

// The condition has the first ones only. The same commit, looked at again, is no news.
function tell(config: GitConfig, head: Head, errors: readonly ContentError[], log: Log): void {
  const revision = formatRevision({ ref: head.name, commit: head.commit });
  if (config.status?.lastAttemptedRevision === revision) return;
  const { namespace, name } = config.metadata;
  const shown = errors.slice(0, maxLogged).map(showError);
  log.warn({ namespace, name, revision, count: errors.length, errors: shown }, 'files hold errors');
}
