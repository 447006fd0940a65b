// What an Event about a GitConfig is attached to.
import type { GitConfig } from '../api/gitconfig.ts';
import type { Subject } from '../kube/events.ts';

export function subjectOf({ metadata }: Pick<GitConfig, 'metadata'>): Subject {
  const { namespace = '', name, uid } = metadata;
  const subject = { apiVersion: 'confroll.dev/v1alpha1', kind: 'GitConfig', namespace, name };
  return uid === undefined ? subject : { ...subject, uid };
}
