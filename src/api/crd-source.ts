// Schema of `spec.source`: which repository, what of it is followed, and with which credentials.
import { refSchema } from './crd-ref.ts';
import { durationRule, type Rule, type Schema } from './crd-schema.ts';
import { exampleUrl, urlRules } from './crd-url.ts';

export const sourceSchema: Schema = {
  description: 'The Git repository that holds the config.',
  type: 'object',
  required: ['url', 'ref'],
  properties: {
    url: {
      description: `Address of the repository: https://, http:// or ssh://, or user@host:path, such as ${exampleUrl}. Never with a password or token: those belong into a Secret that secretRef names.`,
      type: 'string',
      maxLength: 2048,
      'x-kubernetes-validations': urlRules(),
    },
    ref: refSchema,
    secretRef: secret(
      'secretRef',
      'Credentials for the repository. The Secret carries the annotation confroll.dev/git-host with the host[:port] that it may be sent to, and a RoleBinding to the ClusterRole confroll-git-credentials lets confroll read it.',
      'Name of a Secret in the same namespace. Its keys: username and password, or token, or bearerToken, or those of a GitHub App (githubAppID and others); for SSH identity, passphrase and known_hosts; ca.crt for a private certificate authority.',
      'git-read',
    ),
    certSecretRef: secret(
      'certSecretRef',
      'What of TLS is not the usual: an authority of your own, a client certificate. The Secret is bound and read as that of secretRef.',
      'Name of a Secret in the same namespace. Its keys: ca.crt; tls.crt and tls.key.',
      'git-tls',
    ),
    proxySecretRef: secret(
      'proxySecretRef',
      'The HTTP proxy on the way to the repository. The Secret is bound to the host of the proxy and read as that of secretRef.',
      'Name of a Secret in the same namespace. Its keys: address; username and password.',
      'git-proxy',
    ),
    submodules: {
      description:
        'Follows submodules below path, at the commits that are recorded for them, on the same host and with the same credentials. Default: false, and a submodule below path is refused.',
      type: 'boolean',
    },
    timeout: {
      description:
        'How long one look, or one fetch, may take in all, from 1s to 1h, such as 30s or 5m. Default: one minute for a look, two for a fetch. A look never takes longer than one interval.',
      type: 'string',
      maxLength: 32,
      'x-kubernetes-validations': [durationRule('timeout', '1s', '1h', '30s or 5m')],
    },
  },
  'x-kubernetes-validations': [
    only(
      'certSecretRef',
      'https://',
      'certSecretRef is for https:// addresses: http:// has no certificates, and SSH has the key known_hosts of the Secret in spec.source.secretRef',
    ),
    only(
      'proxySecretRef',
      'http',
      'proxySecretRef is for https:// and http:// addresses: SSH does not go through an HTTP proxy',
    ),
  ],
};

function secret(field: string, description: string, name: string, example: string): Schema {
  return {
    description,
    type: 'object',
    required: ['name'],
    properties: {
      name: {
        description: name,
        type: 'string',
        maxLength: 253,
        'x-kubernetes-validations': [
          {
            rule: "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
            message: `${field}.name must be the name of a Secret in the same namespace, such as ${example}`,
            // Who mistakes the field pastes a token here.
            reason: 'FieldValueForbidden',
          },
        ],
      },
    },
  };
}

function only(field: string, prefix: string, message: string): Rule {
  return {
    rule: `!has(self.${field}) || self.url.startsWith('${prefix}')`,
    message,
    reason: 'FieldValueForbidden',
    fieldPath: `.${field}`,
  };
}
