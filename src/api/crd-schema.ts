// The part of a CRD's OpenAPI schema that GitConfig uses. `description` is not optional: `kubectl explain` has a
// sentence for every field.

export type Schema = {
  readonly description: string;
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly format?: 'int64' | 'date-time';
  readonly default?: string | boolean;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema | MetadataSchema>>;
  readonly items?: Schema;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly Rule[];
};

/** The API server describes `metadata` itself; a CRD may only tighten the name, and CEL needs its bound. */
type MetadataSchema = {
  readonly type: 'object';
  readonly properties: { readonly name: { readonly type: 'string'; readonly maxLength: number } };
};

/** A CEL rule. Its message is what a person reads at `kubectl apply`, so it says what to write. */
export type Rule = {
  readonly rule: string;
  readonly message: string;
  /** The default, FieldValueInvalid, prints the value beside the message; FieldValueForbidden does not. */
  readonly reason?: 'FieldValueForbidden';
  readonly fieldPath?: string;
};

/** A CEL condition "one of the parts between slashes is ...", over `self` with `part` as the part's name. */
export const somePart = (condition: string): string => `self.split('/').exists(part, ${condition})`;

/** Of a field that holds a duration from `least` to `most`. */
export const durationRule = (field: string, least: string, most: string, examples: string): Rule => ({
  // At most five digits a part: more could be a number that does not fit a duration.
  rule: `self.matches('^([0-9]{1,5}(h|m|s))+$') && duration(self) >= duration('${least}') && duration(self) <= duration('${most}')`,
  message: `${field} must be a duration between ${least} and ${most}, such as ${examples}`,
});
