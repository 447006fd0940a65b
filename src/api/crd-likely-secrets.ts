// Schema of `spec.likelySecrets`: where what looks like a secret is none.
import { globs } from './crd-globs.ts';
import type { Schema } from './crd-schema.ts';

export const likelySecretsSchema: Schema = {
  description:
    'A commit whose files hold what looks like a private key or a token is not published: ConfigMaps are no place for secrets.',
  type: 'object',
  properties: {
    allow: globs(
      "Files in which nothing is taken for a secret, such as test/keys/**. Within a part of a path '*' stands for any characters, '**' for any parts.",
    ),
  },
};
