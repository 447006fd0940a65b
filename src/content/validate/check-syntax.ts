// One file -> whether it is well-formed for what its name says that it is.
import { checkIni } from './check-ini.ts';
import { checkJson } from './check-json.ts';
import { checkProperties } from './check-properties.ts';
import { checkToml } from './check-toml.ts';
import { checkXml } from './check-xml.ts';
import { checkYaml } from './check-yaml.ts';
import { type Checked, wrong } from './checked.ts';
import { decodeText } from './decode-text.ts';
import type { FileType } from './file-types.ts';

/** Never throws, whatever the bytes. */
export function checkSyntax(bytes: Uint8Array, type: FileType): Checked {
  const decoded = decodeText(bytes, type);
  if (decoded.kind === 'wrong') return decoded;
  try {
    return withHint(checkers[type](decoded.text), decoded.text);
  } catch (error) {
    // A parser has gone as deep as the stack, or fell over its own feet.
    return wrong(
      error instanceof RangeError
        ? 'it nests deeper than can be checked; flatten it, or leave it out with spec.validate.skip'
        : 'it cannot be checked; correct it, or leave it out with spec.validate.skip',
    );
  }
}

// What a program fills in before it reads it is no YAML, JSON or TOML yet.
function withHint(checked: Checked, text: string): Checked {
  if (checked.kind === 'ok' || !/\{\{|\{%/.test(text)) return checked;
  const { message, ...place } = checked.finding;
  const hint = 'It looks like a template: leave such files out with spec.validate.skip';
  return wrong(message.includes('spec.validate.skip') ? message : `${message}. ${hint}`, place);
}

const checkers: Readonly<Record<FileType, (text: string) => Checked>> = {
  yaml: checkYaml,
  json: (text) => checkJson(text, false),
  jsonWithComments: (text) => checkJson(text, true),
  toml: checkToml,
  ini: checkIni,
  properties: checkProperties,
  xml: checkXml,
};
