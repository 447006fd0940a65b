// Schema of `spec.validate`: what is looked at before anything is published.
import { globs } from './crd-globs.ts';
import { type Schema, somePart } from './crd-schema.ts';

export const validateSchema: Schema = {
  description:
    'What is looked at before anything is published. Files whose names end with .yaml, .yml, .json, .jsonc, .toml, .ini, .properties or .xml must be well-formed in any case; a commit with an error is not published.',
  type: 'object',
  properties: {
    skip: globs(
      "Files that are not looked at, such as templates/** for files that a program fills in. Within a part of a path '*' stands for any characters, '**' for any parts.",
    ),
    required: globs('Files that must be there, such as app.yaml: for each of them at least one.'),
    schemas: {
      description: 'JSON Schemas that YAML, JSON and TOML files must follow.',
      type: 'array',
      'x-kubernetes-list-type': 'atomic',
      minItems: 1,
      maxItems: 16,
      items: {
        description: 'One schema and the files that must follow it.',
        type: 'object',
        required: ['files', 'schema'],
        properties: {
          files: globs('Files that must follow it, such as app.yaml or rules/*.yaml.'),
          schema: {
            description:
              'The schema: draft-07 or 2020-12, in JSON or YAML, whole in itself. Exactly one of path and configMapRef.',
            type: 'object',
            properties: {
              path: {
                description:
                  'A file of the commit, relative to the config folder, such as schemas/app.json. It may be left out of what is published.',
                type: 'string',
                maxLength: 1024,
                'x-kubernetes-validations': [
                  {
                    rule: `!(${somePart("part in ['', '.', '..']")} || self.matches(r'[\\x00-\\x1f\\x7f]'))`,
                    message:
                      "path must be relative to the config folder, such as schemas/app.json: no '/' at the start or end, no part that is '.', '..' or empty, no control characters",
                  },
                ],
              },
              configMapRef: {
                description: 'A ConfigMap of the same namespace, and the key of it that holds the schema.',
                type: 'object',
                required: ['name', 'key'],
                properties: {
                  name: {
                    description: 'Name of the ConfigMap.',
                    type: 'string',
                    maxLength: 253,
                    'x-kubernetes-validations': [
                      {
                        rule: "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
                        message: 'name must be the name of a ConfigMap, such as shop-schemas',
                      },
                    ],
                  },
                  key: {
                    description: 'Key of the ConfigMap, such as app.json.',
                    type: 'string',
                    maxLength: 253,
                    'x-kubernetes-validations': [
                      {
                        rule: "self.matches('^[-._a-zA-Z0-9]+$')",
                        message: 'key must be a key of the ConfigMap, such as app.json',
                      },
                    ],
                  },
                },
              },
            },
            'x-kubernetes-validations': [
              {
                rule: 'has(self.path) != has(self.configMapRef)',
                message:
                  'schema must hold exactly one of path and configMapRef, such as path: schemas/app.json',
              },
            ],
          },
        },
      },
    },
  },
};
