// What a schema has against a document, in words with a place. What the schema wants is told, never what the document has.
import type { ErrorObject } from 'ajv';
import type { CheckedDocument, Finding } from './checked.ts';

// Whoever mends the first ten of a document pushes again anyway; finding a place costs a walk over the text.
const maxFindings = 10;

/** The first ones, each once. */
export function schemaFindings(
  errors: readonly ErrorObject[],
  document: CheckedDocument,
  schema: string,
): Finding[] {
  // That a branch of `if` failed says nothing beside the errors of the branch.
  const telling = errors.filter(({ keyword }) => keyword !== 'if');
  const findings = (telling.length === 0 ? errors : telling).slice(0, maxFindings).map((error) => {
    const keys = [...keysOf(error.instancePath), ...unwantedKey(error)];
    return { ...document.placeOf(keys), message: `${show(keys)} ${words(error)}, says the schema ${schema}` };
  });
  const unique = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return [...unique.values()];
}

/** Of a schema that is none: the first thing that is wrong with it. */
export function schemaProblem(errors: readonly ErrorObject[]): string {
  const [error] = errors;
  return error === undefined
    ? 'compare it with the specification'
    : `${show(keysOf(error.instancePath))} ${words(error)}`;
}

// From the schema: enough for a list of some environments or levels.
const maxWanted = 200;

function words({ keyword, params, message = 'does not fit' }: ErrorObject): string {
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
      return `must have the key ${JSON.stringify(params.missingProperty)}`;
    case 'additionalProperties':
    case 'unevaluatedProperties':
    case 'false schema':
      return 'is not allowed here';
    case 'enum':
      return `must be one of ${wanted(params.allowedValues)}`;
    case 'const':
      return `must be ${wanted(params.allowedValue)}`;
    default:
      return message;
  }
}

function wanted(value: unknown): string {
  const text = (Array.isArray(value) ? value : [value]).map((each) => JSON.stringify(each)).join(', ');
  return text.length > maxWanted ? `${text.slice(0, maxWanted)}...` : text;
}

function unwantedKey({ params }: ErrorObject): string[] {
  const key: unknown = params.additionalProperty ?? params.unevaluatedProperty;
  return typeof key === 'string' ? [key] : [];
}

function keysOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

// Enough to find it where no line is known.
const maxPath = 200;

function show(keys: readonly string[]): string {
  if (keys.length === 0) return 'the document';
  const path = `/${keys.join('/')}`;
  return path.length > maxPath ? `${path.slice(0, maxPath)}...` : path;
}
