// Schema of `spec`: a field is here when it works. Every mistake that can be seen without a look at Git is refused with
// a sentence that says what to write. Each string has a maxLength: without it the API server counts CEL as too dear.

import { changeGuardSchema } from './crd-change-guard.ts';
import { commitStatusSchema } from './crd-commit-status.ts';
import { envSchema } from './crd-env.ts';
import { likelySecretsSchema } from './crd-likely-secrets.ts';
import { durationRule, type Schema, somePart } from './crd-schema.ts';
import {
  eitherPath,
  excludeSchema,
  includeSchema,
  limitsSchema,
  pathSchema,
  pathsSchema,
} from './crd-select.ts';
import { sourceSchema } from './crd-source.ts';
import { validateSchema } from './crd-validate.ts';
import { defaultHistoryLimit, defaultInterval, maxRevisions } from './gitconfig.ts';
import { schedulePattern } from './schedule-pattern.ts';

export const specSchema: Schema = {
  description: 'What to follow, and where it appears in the Pods that ask for it.',
  type: 'object',
  required: ['source', 'mountPath'],
  properties: {
    source: sourceSchema,
    path: pathSchema,
    paths: pathsSchema,
    include: includeSchema,
    exclude: excludeSchema,
    limits: limitsSchema,
    interval: {
      description: `How often Git is asked, from 5s to 24h, such as 30s, 1m or 1h30m. Default: ${defaultInterval}, or only at the times of schedule where there is one. With both, whichever comes first.`,
      type: 'string',
      maxLength: 32,
      'x-kubernetes-validations': [durationRule('interval', '5s', '24h', '30s, 1m or 1h30m')],
    },
    schedule: {
      description:
        "When Git is asked: cron with five fields (minute, hour, day of the month, month, day of the week), such as '0 6 * * MON-FRI'. It is also asked when the controller starts, when the GitConfig is made or changed, and when somebody asks for it.",
      type: 'string',
      maxLength: 128,
      'x-kubernetes-validations': [
        {
          rule: `self.matches('${schedulePattern}')`,
          message:
            "schedule must be cron with five fields (minute, hour, day of the month, month, day of the week) of numbers, names, '*', ',', '-' and '/', such as '0 6 * * MON-FRI'; the time zone goes into spec.timeZone",
        },
      ],
    },
    timeZone: {
      description:
        'Time zone of schedule, as the IANA database names it, such as Europe/Berlin. Default: UTC.',
      type: 'string',
      maxLength: 64,
      'x-kubernetes-validations': [
        {
          rule: "self.matches('^[A-Za-z][A-Za-z0-9_+/-]*$') && self != 'Local'",
          message: 'timeZone must be a name of the IANA database, such as Europe/Berlin or UTC',
        },
      ],
    },
    mountPath: {
      description:
        'Absolute path at which the files appear in the containers, such as /etc/shop. A Pod template may override it with the annotation confroll.dev/mount-path.',
      type: 'string',
      maxLength: 1024,
      'x-kubernetes-validations': [
        {
          rule: String.raw`self.matches(r'^(/[^/:\x00-\x1f\x7f]+)+$') && !${somePart("part in ['.', '..']")}`,
          message:
            "mountPath must be an absolute path such as /etc/shop: not '/' itself, no '/' at the end, no ':', no part that is '.', '..' or empty, no control characters",
        },
      ],
    },
    env: envSchema,
    validate: validateSchema,
    likelySecrets: likelySecretsSchema,
    changeGuard: changeGuardSchema,
    commitStatus: commitStatusSchema,
    publish: {
      description: 'What is published beside the immutable ConfigMaps that Pods are pinned to.',
      type: 'object',
      properties: {
        live: {
          description:
            "Whether an ordinary ConfigMap of the GitConfig's name always holds the newest accepted content, for charts that mount it or take configMapRef themselves. It needs content of at most 1 MiB whose names are keys of a ConfigMap. Default: true.",
          type: 'boolean',
        },
      },
    },
    historyLimit: {
      description: `How many earlier contents keep their Snapshot although no workload, ReplicaSet, ControllerRevision or Pod names it, from 0 to ${maxRevisions}. Default: ${defaultHistoryLimit}. What is named is always kept.`,
      type: 'integer',
      'x-kubernetes-validations': [
        {
          rule: `self >= 0 && self <= ${maxRevisions}`,
          message: `historyLimit must be a number from 0 to ${maxRevisions}, such as ${defaultHistoryLimit}; what is named by a workload or Pod is kept in any case`,
        },
      ],
    },
    suspend: {
      description:
        'Stops looking at Git; what is published stays, and workloads keep running on it. Default: false.',
      type: 'boolean',
    },
  },
  'x-kubernetes-validations': [
    eitherPath,
    {
      rule: '!has(self.timeZone) || has(self.schedule)',
      message: "timeZone is the time zone of a schedule: write spec.schedule too, such as '0 6 * * *'",
      fieldPath: '.timeZone',
    },
  ],
};
