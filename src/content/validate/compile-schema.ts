// A JSON Schema, draft-07 or 2020-12 -> what it has against a document. Nothing is loaded for it.
import { Ajv, MissingRefError, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { isRecord } from '../../lib/json.ts';
import type { ContentError } from '../content-error.ts';
import { checkSyntax } from './check-syntax.ts';
import type { CheckedDocument, Finding } from './checked.ts';
import { fileTypeOf } from './file-types.ts';
import type { SchemaText } from './rules.ts';
import { schemaFindings, schemaProblem } from './schema-words.ts';

export type CompiledSchema =
  | { readonly kind: 'ok'; readonly check: (document: CheckedDocument) => readonly Finding[] }
  | { readonly kind: 'unusable'; readonly error: ContentError };

/** Never throws; may never end. */
export function compileSchema({ name, bytes }: SchemaText): CompiledSchema {
  const unusable = (finding: Finding): CompiledSchema => ({
    kind: 'unusable',
    error: { path: name, ...finding },
  });
  const read = checkSyntax(bytes, fileTypeOf(name) === 'yaml' ? 'yaml' : 'json');
  if (read.kind === 'wrong') return unusable(read.finding);
  const schema = read.documents[0]?.value;
  if (!isRecord(schema))
    return unusable({ message: 'a JSON Schema is an object; write { "type": "object", ... }' });
  if (schema.$async !== undefined)
    return unusable({ message: '$async is no part of JSON Schema; take it out' });
  const draft = draftOf(schema.$schema);
  if (draft === undefined) {
    return unusable({
      message:
        '$schema names a draft of JSON Schema that is not known here; write it for draft-07 or 2020-12',
    });
  }
  const ajv = draft === '2020-12' ? new Ajv2020(options) : new Ajv(options);
  formats.default(ajv);
  if (!isValid(ajv, schema)) {
    return unusable({ message: `it is no JSON Schema: ${schemaProblem(ajv.errors ?? [])}` });
  }
  try {
    const validate = ajv.compile(schema);
    return {
      kind: 'ok',
      check: (document) => {
        try {
          return validate(document.value) ? [] : schemaFindings(validate.errors ?? [], document, name);
        } catch {
          return [
            { message: `the schema ${name} cannot be applied to it: it may refer to itself without end` },
          ];
        }
      },
    };
  } catch (error) {
    return unusable({ message: compileProblem(error) });
  }
}

const options: Options = {
  // Keywords of other tools, such as those of editors, stand in many schemas.
  strict: false,
  allErrors: true,
  logger: false,
  // Checked by hand before, to say what is wrong.
  validateSchema: false,
};

function isValid(ajv: Ajv, schema: Readonly<Record<string, unknown>>): boolean {
  try {
    return ajv.validateSchema(schema) === true;
  } catch {
    return false;
  }
}

// Without one it is taken for draft-07, which most schemas of config files are written for.
function draftOf(uri: unknown): 'draft-07' | '2020-12' | undefined {
  if (uri === undefined) return 'draft-07';
  if (typeof uri !== 'string') return undefined;
  if (/^https?:\/\/json-schema\.org\/draft-07\/schema#?$/.test(uri)) return 'draft-07';
  return /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/.test(uri) ? '2020-12' : undefined;
}

function compileProblem(error: unknown): string {
  if (error instanceof MissingRefError) {
    return `it refers to ${JSON.stringify(error.missingRef)}, which is not in it, and nothing is loaded from elsewhere; put that part under $defs of the schema itself`;
  }
  return error instanceof SyntaxError
    ? 'one of its patterns is no regular expression; correct it'
    : 'it cannot be used as a JSON Schema; look for references that lead nowhere, and for names that are there twice';
}
