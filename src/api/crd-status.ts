// Schema of `status`. Two field managers write it by server-side apply, so no list may be shared between them: conditions
// are a map by type, and each other list belongs to one of them and is atomic.
import type { Schema } from './crd-schema.ts';
import {
  comparisons,
  historyResults,
  liveReasons,
  maxHistory,
  maxListedWorkloads,
  maxRevisions,
  maxSubjects,
  rolloutConditions,
  syncConditions,
} from './gitconfig.ts';

const text = (description: string): Schema => ({ description, type: 'string' });
const count = (description: string): Schema => ({ description, type: 'integer', format: 'int64' });

export const statusSchema: Schema = {
  description: 'What confroll saw and did. Written by confroll alone.',
  type: 'object',
  properties: {
    observedGeneration: count('Generation of the spec that Ready, Reconciling and Stalled speak of.'),
    conditions: conditionsSchema(),
    revision: text('Revision whose content hash is published under, such as main@sha1:4fe1c02...'),
    shortRevision: text('The same with 7 digits of the commit.'),
    lastAttemptedRevision: text('The newest revision that was looked at, whether or not it was accepted.'),
    hash: text('First 12 digits of the hash of the newest accepted content.'),
    revisions: {
      description: `Every revision handled, with its content hash, newest first, at most ${maxRevisions}.`,
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      items: {
        description: 'One revision.',
        type: 'object',
        required: ['revision', 'hash'],
        properties: {
          revision: text('Revision, such as main@sha1:4fe1c02...'),
          hash: text('First 12 digits of the hash of its content.'),
        },
      },
    },
    remote: remoteSchema(),
    fetching: fetchingSchema(),
    live: liveSchema(),
    lastHandledSyncAt: text('Value of the annotation confroll.dev/sync-requested-at that was last acted on.'),
    stableHash: text(
      'Content that every workload that nobody holds runs on, healthy: new Pods start with it.',
    ),
    missing: hashes('Hashes that workloads name and whose Snapshot is absent.'),
    lost: hashes(
      'Those of missing that cannot be made again from Git. Workloads that name them are moved to the wanted content.',
    ),
    workloads: workloadsSchema(),
    history: historySchema(),
  },
};

function hashes(description: string): Schema {
  const items = text('First 12 digits of a content hash.');
  return { description, type: 'array', 'x-kubernetes-list-type': 'atomic', items };
}

function remoteSchema(): Schema {
  return {
    description: 'The newest commit that Git has, beside the published one.',
    type: 'object',
    required: ['revision', 'comparison'],
    properties: {
      revision: text('Revision that was read last, accepted or not.'),
      comparison: {
        description:
          'How it stands to the published one. Diverged: the branch was rewritten. Unknown: nothing is published, or the server did not tell.',
        type: 'string',
        enum: comparisons,
      },
      ahead: count('Commits that it has and the published one has not.'),
      behind: count('Commits that the published one has and it has not.'),
      subjects: {
        description: `First lines of its last commits, newest first, at most ${maxSubjects}, as far as the server sent them.`,
        type: 'array',
        'x-kubernetes-list-type': 'atomic',
        items: text('First line of a commit message, at most 200 characters.'),
      },
    },
  };
}

function fetchingSchema(): Schema {
  return {
    description: 'The fetch that is under way. There only when one takes more than two seconds.',
    type: 'object',
    required: ['revision', 'bytes', 'since'],
    properties: {
      revision: text('Revision that is fetched.'),
      bytes: count('Bytes received so far.'),
      objects: count('Objects of Git received so far, once the server has said how many it sends.'),
      since: { description: 'When it began.', type: 'string', format: 'date-time' },
    },
  };
}

function liveSchema(): Schema {
  return {
    description:
      "The ordinary ConfigMap of the GitConfig's name, or why it does not hold the newest accepted content.",
    type: 'object',
    required: ['reason', 'message'],
    properties: {
      hash: text('First 12 digits of the hash of what it holds.'),
      reason: { description: 'Why, in one CamelCase word.', type: 'string', enum: liveReasons },
      message: text('Why, in a sentence, with what to do.'),
    },
  };
}

function conditionsSchema(): Schema {
  return {
    description: `What holds now: ${[...rolloutConditions, ...syncConditions].join(', ')}.`,
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
    items: {
      description: 'One condition.',
      type: 'object',
      required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
      properties: {
        type: text('What the condition speaks of.'),
        status: { description: 'Whether it holds.', type: 'string', enum: ['True', 'False', 'Unknown'] },
        reason: text('Why, in one CamelCase word.'),
        message: text('Why, in a sentence, with what to do.'),
        lastTransitionTime: {
          description: 'When status last changed.',
          type: 'string',
          format: 'date-time',
        },
        observedGeneration: count('Generation of the spec that the condition speaks of.'),
      },
    },
  };
}

function workloadsSchema(): Schema {
  return {
    description: 'The Deployments, StatefulSets and DaemonSets that ask for this config.',
    type: 'object',
    required: ['total', 'current', 'updating', 'held', 'failed', 'summary'],
    properties: {
      total: count('How many there are.'),
      current: count('Those that run on the wanted content, healthy.'),
      updating: count('Those on their way to it.'),
      held: count('Those that a person holds, by an undo or a hold label.'),
      failed: count('Those that did not become healthy on it.'),
      summary: text('current/total.'),
      notCurrent: {
        description: `Those that are not current, and why, at most ${maxListedWorkloads}.`,
        type: 'array',
        'x-kubernetes-list-type': 'atomic',
        items: {
          description: 'One workload.',
          type: 'object',
          required: ['kind', 'name', 'reason', 'message'],
          properties: {
            kind: text('Deployment, StatefulSet or DaemonSet.'),
            name: text('Its name, in the same namespace.'),
            hash: text('First 12 digits of the hash of the content that its template names.'),
            reason: text('Why it is not current, in one CamelCase word.'),
            message: text('Why, in a sentence, with what to do.'),
          },
        },
      },
    },
  };
}

function historySchema(): Schema {
  return {
    description: `Each content that became the newest accepted one, newest first, at most ${maxHistory}.`,
    type: 'array',
    'x-kubernetes-list-type': 'atomic',
    items: {
      description: 'One content.',
      type: 'object',
      required: ['hash', 'revision', 'at', 'result'],
      properties: {
        hash: text('First 12 digits of its hash.'),
        revision: text('The revision that brought it.'),
        author: text('Who made that commit.'),
        subject: text('First line of its message.'),
        at: { description: 'When it was seen first.', type: 'string', format: 'date-time' },
        result: {
          description:
            'What became of its rollout. Superseded: the next one came before all workloads ran on it.',
          type: 'string',
          enum: historyResults,
        },
      },
    },
  };
}
