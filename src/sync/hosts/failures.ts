// PURE: what a GitConfig says when its host is not asked. None of these texts changes while the cause lasts, so that an
// outage is one write of status and not one each look, and none names a repository of somebody else.
import type { SourceFailure } from '../source.ts';
import type { Outage } from './circuit.ts';
import type { Asked } from './quiet.ts';

/** `own`: the last words about the repository itself. */
export function hostUnavailable(
  host: string,
  outage: Outage,
  waitMilliseconds: number,
  own: string | undefined,
): SourceFailure {
  const { failures, repositories, reason, since } = outage;
  const of = repositories === 1 ? 'one repository' : `${repositories} repositories`;
  const before = own === undefined ? '' : `${own}. `;
  return {
    kind: 'failed',
    class: 'retry',
    reason: 'HostUnavailable',
    message: `${before}${host} is taken for down: ${failures} failures in a row (${reason}) of ${of} since ${iso(since)}; look at the Git server and the way to it. One of its repositories tries it every 15 s at the latest, and all go on by themselves when it answers`,
    retryAfterMilliseconds: waitMilliseconds,
  };
}

export function askedToWait(host: string, asked: Asked, retryAfterMilliseconds: number): SourceFailure {
  return {
    kind: 'failed',
    class: 'retry',
    reason: asked.failure.reason,
    message: `${host} has asked not to be asked with this credential before ${iso(asked.wall)}, as an answer to another repository that uses it: a longer spec.interval helps, or a credential of its own`,
    retryAfterMilliseconds,
  };
}

export function noTurn(host: string, milliseconds: number): SourceFailure {
  return {
    kind: 'failed',
    class: 'retry',
    reason: 'Timeout',
    message: `so much was asked of ${host} that no turn came within ${milliseconds / 1000} s: a longer spec.interval for its repositories helps; it is asked again by itself`,
  };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
