// Schema of the fields that say which files of a commit become config: path, paths, include, exclude, limits.
import { type ContentLimits, defaultContentLimits, maxContentLimits } from './content-limits.ts';
import { globs } from './crd-globs.ts';
import { type Rule, type Schema, somePart } from './crd-schema.ts';

const maxLayers = 16;

export const pathSchema: Schema = {
  description:
    "Folder whose files become the config, or one file, relative to the repository's root, such as envs/prod/shop. The default, '', is the root.",
  type: 'string',
  maxLength: 1024,
  'x-kubernetes-validations': [plainPath('path')],
};

export const pathsSchema: Schema = {
  description:
    'Several folders or files in place of path, in layers: they appear as one folder, and a file of a later one replaces the file of the same name of an earlier one. Such as [base, envs/prod].',
  type: 'array',
  'x-kubernetes-list-type': 'atomic',
  minItems: 1,
  maxItems: maxLayers,
  items: {
    description: "One layer, relative to the repository's root; '' is the root.",
    type: 'string',
    maxLength: 1024,
    'x-kubernetes-validations': [plainPath('each of paths')],
  },
};

/** Over the whole spec. An object from before has `path: ''`, which the API server filled in. */
export const eitherPath: Rule = {
  rule: "!has(self.paths) || !has(self.path) || self.path == ''",
  message:
    'path and paths exclude each other: write all layers into paths, such as paths: [base, envs/prod], and take path out',
  fieldPath: '.paths',
};

export const includeSchema: Schema = globs(
  "Only these files, such as '*.yaml' or 'conf.d/**', relative to the folder. '*' and '?' stay within a part of a path, '**' stands for any parts. Default: all files.",
);

export const excludeSchema: Schema = globs(
  "All but these files, such as '**/*.md' or 'test/**', also where include names them. A file .confrollignore in the folder has the same effect for its folder.",
);

export const limitsSchema: Schema = {
  description:
    'What is more than this is not published. They guard against a folder that was not meant, such as a whole repository.',
  type: 'object',
  properties: {
    files: limit('files', 'How many files there may be', 300),
    filesWithItems: limit(
      'filesWithItems',
      'How many files a Pod may have to name one by one: all of a ConfigMap that holds one in a subfolder, an executable one, or one whose name is no key of a ConfigMap. Every Pod carries the list of them, and the API server checks it with every Pod',
      300,
    ),
    bytesPerFile: limit('bytesPerFile', 'How many bytes a file may have', 65536),
    totalBytes: limit('totalBytes', 'How many bytes all files together may have', 1048576),
  },
};

function limit(field: keyof ContentLimits, what: string, example: number): Schema {
  const [least, most] = [1, maxContentLimits[field]];
  return {
    description: `${what}, from ${least} to ${most}. Default: ${defaultContentLimits[field]}.`,
    type: 'integer',
    format: 'int64',
    'x-kubernetes-validations': [
      {
        rule: `self >= ${least} && self <= ${most}`,
        message: `${field} must be a number from ${least} to ${most}, such as ${example}`,
      },
    ],
  };
}

function plainPath(field: string): Rule {
  return {
    rule: `self == '' || !(${somePart("part in ['', '.', '..']")} || self.matches(r'[\\x00-\\x1f\\x7f]'))`,
    message: `${field} must be relative to the repository's root, such as envs/prod/shop: no '/' at the start or end, no part that is '.', '..' or empty, no control characters; '' is the root`,
  };
}
