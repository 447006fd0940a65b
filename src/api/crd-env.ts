// Schema of `spec.env`: which files become environment variables.
import { type Schema, somePart } from './crd-schema.ts';

// More files than anybody keeps variables in; the bounds of CEL's cost follow from it.
const maxEnvFiles = 16;

export const envSchema: Schema = {
  description:
    'Files of the folder whose content becomes environment variables of the containers, too. The files stay in the folder.',
  type: 'array',
  'x-kubernetes-list-type': 'atomic',
  minItems: 1,
  maxItems: maxEnvFiles,
  items: {
    description: 'One file of variables.',
    type: 'object',
    required: ['file'],
    properties: {
      file: {
        description:
          'The file, relative to the config folder, such as .env or conf/application.properties. Its name says the format: .env, .env.<anything> or *.env, *.properties, *.yaml, *.yml or *.json.',
        type: 'string',
        maxLength: 1024,
        'x-kubernetes-validations': [
          {
            rule: `!(${somePart("part in ['', '.', '..']")} || self.matches(r'[\\x00-\\x1f\\x7f]'))`,
            message:
              "file must be relative to the config folder, such as .env or conf/application.properties: no '/' at the start or end, no part that is '.', '..' or empty, no control characters",
          },
          {
            rule: String.raw`self.matches(r'(?i)(\.(env|properties|yaml|yml|json)|(^|/)\.env\.[^/]+)$')`,
            message:
              'file must have a name that says its format: .env, .env.<anything> or *.env for NAME=value lines, *.properties, *.yaml, *.yml or *.json',
          },
        ],
      },
      prefix: {
        description: 'Put before the name of each variable of the file, such as SHOP_. Default: nothing.',
        type: 'string',
        maxLength: 64,
        'x-kubernetes-validations': [
          {
            rule: "self.matches('^[A-Za-z_][A-Za-z0-9_]*$')",
            message:
              "prefix must be the beginning of a variable's name, such as SHOP_: letters, digits and _, no digit first",
          },
        ],
      },
      keys: {
        description:
          'Only these variables of the file, named as the file gives them, without prefix, such as SPRING_DATASOURCE_URL. Default: all of them.',
        type: 'array',
        'x-kubernetes-list-type': 'atomic',
        minItems: 1,
        maxItems: 256,
        items: {
          description: 'Name of a variable.',
          type: 'string',
          maxLength: 253,
          'x-kubernetes-validations': [
            {
              rule: "self.matches('^[-._A-Za-z0-9]+$')",
              message:
                "a key must be the name of a variable as the file gives it, such as LOG_LEVEL or, for spring.datasource.url, SPRING_DATASOURCE_URL: letters, digits, '_', '.' and '-'",
            },
          ],
        },
      },
    },
  },
};
