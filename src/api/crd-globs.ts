// Schema of a field that holds globs over the paths of the config folder.
import type { Schema } from './crd-schema.ts';

const maxGlobs = 32;

export const globs = (description: string): Schema => ({
  description,
  type: 'array',
  'x-kubernetes-list-type': 'atomic',
  minItems: 1,
  maxItems: maxGlobs,
  items: {
    description: 'A path below the config folder, or a glob of such paths.',
    type: 'string',
    maxLength: 256,
    'x-kubernetes-validations': [
      {
        rule: String.raw`self.matches(r'^[^/\x00-\x1f\x7f!][^\x00-\x1f\x7f]*$')`,
        message:
          "a glob must be relative to the config folder, such as app.yaml, *.json or templates/**: not empty, no '/' or '!' at the start, no control characters",
      },
    ],
  },
});
