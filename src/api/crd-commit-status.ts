// Schema of `spec.commitStatus`: whether a commit is told at the Git host what became of it.
import { commitStatusProviders } from './commit-status-spec.ts';
import type { Schema } from './crd-schema.ts';

export const commitStatusSchema: Schema = {
  description:
    'Writes a commit status at the Git host: pending, success or failure with the first error, and how many workloads it was rolled out to. Without it nothing is written there.',
  type: 'object',
  required: ['provider'],
  properties: {
    provider: {
      description: 'Whose API the Git host has: GitHub, GitLab or Gitea. For Forgejo: Gitea.',
      type: 'string',
      enum: commitStatusProviders,
    },
    apiUrl: {
      description:
        'Address of the API, such as https://git.example.com/api/v4. The default follows from source.url: https://api.github.com, or /api/v3 (GitHub), /api/v4 (GitLab) or /api/v1 (Gitea) of its host.',
      type: 'string',
      maxLength: 1024,
      'x-kubernetes-validations': [
        {
          rule: String.raw`self.matches(r'^https?://[^/?#@\\\s\x00-\x1f\x7f]+(/[^?#@\\\s\x00-\x1f\x7f]*[^?#@\\\s/\x00-\x1f\x7f])?$')`,
          message:
            "apiUrl must be https:// with a host and a path, such as https://git.example.com/api/v4: no user or password, no '?' or '#', no '/' at the end",
          reason: 'FieldValueForbidden',
        },
      ],
    },
    secretRef: {
      description:
        'A Secret of the same namespace with a token that may write commit statuses, under token, password or bearerToken, bound by the annotation confroll.dev/git-host to the host of the API. Default: the token or password that the repository is read with.',
      type: 'object',
      required: ['name'],
      properties: {
        name: {
          description: 'Name of the Secret.',
          type: 'string',
          maxLength: 253,
          'x-kubernetes-validations': [
            {
              rule: "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
              message: 'name must be the name of a Secret, such as git-status',
            },
          ],
        },
      },
    },
  },
};
