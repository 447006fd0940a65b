// Schema of `spec.changeGuard`: what a commit may do without anybody saying that it is meant.
import type { Schema } from './crd-schema.ts';

/** More than any cluster has. */
const mostWorkloads = 100_000;

export const changeGuardSchema: Schema = {
  description:
    'A commit that changes more than this waits until a person approves it with the annotation confroll.dev/approve. The first content of all is never held up.',
  type: 'object',
  properties: {
    maxRemovedPercent: {
      description:
        'How many of the published files may be gone after a commit, in percent, from 0 to 100; a renamed file is gone. With 100 any number. Default: 50. A folder without any file is never published.',
      type: 'integer',
      format: 'int64',
      'x-kubernetes-validations': [
        {
          rule: 'self >= 0 && self <= 100',
          message:
            'maxRemovedPercent must be a number from 0 to 100, such as 50; 100 lets any commit through',
        },
      ],
    },
    maxWorkloads: {
      description: `How many workloads a commit may restart, from 0 to ${mostWorkloads}; those that a person holds do not count. With 0 each commit that restarts anything waits. Default: any number.`,
      type: 'integer',
      format: 'int64',
      'x-kubernetes-validations': [
        {
          rule: `self >= 0 && self <= ${mostWorkloads}`,
          message: `maxWorkloads must be a number from 0 to ${mostWorkloads}, such as 20; without it any number may restart`,
        },
      ],
    },
  },
};
