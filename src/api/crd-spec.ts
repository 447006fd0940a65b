// Schema of `spec`: a field is here when it works. Every mistake that can be seen without a look at Git is refused with
// a sentence that says what to write. Each string has a maxLength: without it the API server counts CEL as too dear.
import { type Schema, somePart } from './crd-schema.ts';
import { sourceSchema } from './crd-source.ts';
import { defaultInterval } from './gitconfig.ts';

export const specSchema: Schema = {
  description: 'What to follow, and where it appears in the Pods that ask for it.',
  type: 'object',
  required: ['source', 'mountPath'],
  properties: {
    source: sourceSchema,
    path: {
      description:
        "Folder whose files become the config, relative to the repository's root, such as envs/prod/shop. The default, '', is the root.",
      type: 'string',
      default: '',
      maxLength: 1024,
      'x-kubernetes-validations': [
        {
          rule: `self == '' || !(${somePart("part in ['', '.', '..']")} || self.matches(r'[\\x00-\\x1f\\x7f]'))`,
          message:
            "path must be relative to the repository's root, such as envs/prod/shop: no '/' at the start or end, no part that is '.', '..' or empty, no control characters; '' is the root",
        },
      ],
    },
    interval: {
      description: 'How often the branch is looked at, from 5s to 24h, such as 30s, 1m or 1h30m.',
      type: 'string',
      default: defaultInterval,
      maxLength: 32,
      'x-kubernetes-validations': [
        {
          // At most five digits a part: more could be a number that does not fit a duration.
          rule: "self.matches('^([0-9]{1,5}(h|m|s))+$') && duration(self) >= duration('5s') && duration(self) <= duration('24h')",
          message: 'interval must be a duration between 5s and 24h, such as 30s, 1m or 1h30m',
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
    suspend: {
      description:
        'Stops looking at Git; what is published stays, and workloads keep running on it. Default: false.',
      type: 'boolean',
    },
  },
};
