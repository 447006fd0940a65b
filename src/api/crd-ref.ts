// Schema of `spec.source.ref`: exactly one of a branch, a tag, a range of versions and a commit.
import { type Rule, type Schema, somePart } from './crd-schema.ts';

const one =
  '[has(self.branch), has(self.tag), has(self.semver), has(self.commit)].filter(given, given).size() == 1';

export const refSchema: Schema = {
  description: 'What of the repository is followed: exactly one of branch, tag, semver and commit.',
  type: 'object',
  properties: {
    branch: {
      description: 'Branch whose newest commit is followed, such as main.',
      type: 'string',
      maxLength: 255,
      'x-kubernetes-validations': nameRules('branch', 'heads', 'main', 'main or release/1.2'),
    },
    tag: {
      description: 'Tag whose commit is followed, such as v1.4.2, also when it is moved.',
      type: 'string',
      maxLength: 255,
      'x-kubernetes-validations': nameRules('tag', 'tags', 'v1.4.2', 'v1.4.2'),
    },
    semver: {
      description:
        'Range of versions: the tag with the highest version in it is followed, with or without a v before the number, such as 1.x, ^1.4 or >=1.2 <2. Pre-releases count only where the range names one.',
      type: 'string',
      maxLength: 128,
      'x-kubernetes-validations': [
        {
          rule: "self.matches('^[0-9A-Za-z.*<>=~^| +-]*[0-9A-Za-z*][0-9A-Za-z.*<>=~^| +-]*$')",
          message: 'semver must be a range of versions, such as 1.x, ^1.4 or >=1.2 <2',
        },
      ],
    },
    commit: {
      description: 'Commit that is used, and no other: 40 hex digits.',
      type: 'string',
      maxLength: 64,
      'x-kubernetes-validations': [
        {
          rule: "self.matches('^[0-9a-f]{40}$')",
          message:
            'commit must be the whole name of a commit, 40 hex digits in lower case: git rev-parse HEAD prints it',
        },
      ],
    },
  },
  'x-kubernetes-validations': [
    {
      rule: one,
      message: 'ref must hold exactly one of branch, tag, semver and commit, such as branch: main',
    },
  ],
};

// What Git itself refuses as the name of a branch or tag (git help check-ref-format), and the two ways of writing a ref
// that is none.
function nameRules(
  field: 'branch' | 'tag',
  folder: string,
  example: string,
  examples: string,
): readonly Rule[] {
  return [
    {
      rule: "self != ''",
      message: `${field} must not be empty; write the name of a ${field}, such as ${example}`,
    },
    {
      rule: "!self.startsWith('refs/')",
      message: `${field} must be the short name: ${example}, not refs/${folder}/${example}`,
    },
    {
      rule: "self != 'HEAD'",
      message: `HEAD is not the name of a ${field}; write the ${field} itself, such as ${example}`,
    },
    {
      rule: String.raw`!self.matches(r'[\x00-\x20\x7f~^:?*\[\\]') && !self.contains('..') && !self.contains('@{') && self != '@' && !self.startsWith('-') && !self.endsWith('.') && (self == '' || !${somePart("part == '' || part.startsWith('.') || part.endsWith('.lock')")})`,
      message: `${field} must be a name that Git allows, such as ${examples}: no white space, none of ~^:?*[\\, no '..' or '@{', no '-' at the start, no '.' or '/' at the end, no part that is empty, starts with '.' or ends with '.lock'`,
    },
  ];
}
