// Schema of `spec.source`: which repository and branch, with which credentials.
import { type Rule, type Schema, somePart } from './crd-schema.ts';

const exampleUrl = 'https://git.example.com/team/config.git';
const port = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
const ssh = "self.matches(r'^((?i:ssh|git\\+ssh)://|[^/:@]+@[^/:@]+:)')";

export const sourceSchema: Schema = {
  description: 'The Git repository that holds the config.',
  type: 'object',
  required: ['url', 'ref'],
  properties: {
    url: {
      description: `Address of the repository, https:// or http://, such as ${exampleUrl}. Never with credentials: those belong into a Secret that secretRef names.`,
      type: 'string',
      maxLength: 2048,
      'x-kubernetes-validations': urlRules(),
    },
    ref: {
      description: 'What of the repository is followed.',
      type: 'object',
      required: ['branch'],
      properties: {
        branch: {
          description: 'Branch whose newest commit is followed, such as main.',
          type: 'string',
          maxLength: 255,
          'x-kubernetes-validations': branchRules(),
        },
      },
    },
    secretRef: {
      description:
        'Credentials for the repository. The Secret carries the annotation confroll.dev/git-host with the host[:port] that it may be sent to, and a RoleBinding to the ClusterRole confroll-git-credentials lets confroll read it.',
      type: 'object',
      required: ['name'],
      properties: {
        name: {
          description:
            'Name of a Secret in the same namespace. Its keys: username and password, or token; ca.crt for a private certificate authority.',
          type: 'string',
          maxLength: 253,
          'x-kubernetes-validations': [
            {
              rule: "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
              message: 'secretRef.name must be the name of a Secret in the same namespace, such as git-read',
              // Who mistakes the field pastes a token here.
              reason: 'FieldValueForbidden',
            },
          ],
        },
      },
    },
  },
};

// A value may hold a password, so no rule may print it: CEL with FieldValueForbidden, never `pattern` or `enum`.
function urlRules(): readonly Rule[] {
  const forbidden = (rule: string, message: string): Rule => ({
    rule,
    message,
    reason: 'FieldValueForbidden',
  });
  return [
    forbidden(
      `!${ssh}`,
      `SSH addresses do not work yet: only https:// and http:// work today, such as ${exampleUrl}`,
    ),
    forbidden(
      `self.matches('^https?://') || ${ssh}`,
      `url must start with https:// or http://, in lower case, such as ${exampleUrl}`,
    ),
    forbidden(
      `!self.contains('@') || ${ssh}`,
      "url must not contain credentials; put them into a Secret and name it in spec.source.secretRef (an '@' in the path is written %40)",
    ),
    forbidden(
      String.raw`self.matches(r'^[!-\[\]-~]*$')`,
      'url must consist of visible ASCII characters, without white space and backslashes; write others percent-encoded, such as %20',
    ),
    forbidden(
      "!self.matches('[?#]')",
      "url must not contain '?' or '#': the branch goes into spec.source.ref.branch, a token into a Secret named in spec.source.secretRef",
    ),
    forbidden(
      String.raw`!self.matches('^https?://[^@]*$') || self.matches(r'^https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:${port})?/+[^/]')`,
      `url must name a host, if need be a port, and a repository behind them, such as ${exampleUrl}`,
    ),
  ];
}

// What Git itself refuses as a branch name (git help check-ref-format), and the two ways of writing a ref that is none.
function branchRules(): readonly Rule[] {
  return [
    {
      rule: "self != ''",
      message: 'branch must not be empty; write the name of a branch, such as main',
    },
    {
      rule: "!self.startsWith('refs/')",
      message: 'branch must be the short name: main, not refs/heads/main',
    },
    {
      rule: "self != 'HEAD'",
      message: 'HEAD is not the name of a branch; write the branch itself, such as main',
    },
    {
      rule: String.raw`!self.matches(r'[\x00-\x20\x7f~^:?*\[\\]') && !self.contains('..') && !self.contains('@{') && self != '@' && !self.startsWith('-') && !self.endsWith('.') && (self == '' || !${somePart("part == '' || part.startsWith('.') || part.endsWith('.lock')")})`,
      message:
        "branch must be a name that Git allows, such as main or release/1.2: no white space, none of ~^:?*[\\, no '..' or '@{', no '-' at the start, no '.' or '/' at the end, no part that is empty, starts with '.' or ends with '.lock'",
    },
  ];
}
