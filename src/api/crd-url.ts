// Rules of `spec.source.url`. A value may hold a password, so no rule may print it: CEL with FieldValueForbidden, never
// `pattern` or `enum`.
import type { Rule } from './crd-schema.ts';

export const exampleUrl = 'https://git.example.com/team/config.git';
const exampleScp = 'git@git.example.com:team/config.git';

const port = '([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])';
// What begins with a dash could be taken for an option.
const host = String.raw`([A-Za-z0-9._][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])`;
const user = '[^-/:@][^/:@]*@';

const isHttp = "self.matches('^https?://')";
const isSsh = "self.startsWith('ssh://')";
const isScp = "(self.matches('^[^/:@]+@[^/@]+:') && !self.contains('://'))";
const isOldSsh = String.raw`self.matches(r'^(?i:git\+ssh|ssh\+git)://')`;

export function urlRules(): readonly Rule[] {
  return [
    forbidden(`!${isOldSsh}`, 'url must start with ssh://, which is what git+ssh:// and ssh+git:// mean'),
    forbidden(
      `${isHttp} || ${isSsh} || ${isScp} || ${isOldSsh}`,
      `url must start with https://, http:// or ssh://, in lower case, or have the form user@host:path, such as ${exampleUrl} or ${exampleScp}`,
    ),
    forbidden(
      `!${isHttp} || !self.contains('@')`,
      "url must not contain credentials; put them into a Secret and name it in spec.source.secretRef (an '@' in the path is written %40)",
    ),
    forbidden(
      `!${isSsh} || !self.contains('@') || self.matches('^ssh://[^/:@]+@[^@]*$')`,
      "url must not contain a password, only the name of a user before the host; the key goes into a Secret named in spec.source.secretRef (an '@' in the path is written %40)",
    ),
    forbidden(
      String.raw`self.matches(r'^[!-\[\]-~]*$')`,
      'url must consist of visible ASCII characters, without white space and backslashes; write others percent-encoded, such as %20',
    ),
    forbidden(
      "!self.matches('[?#]')",
      "url must not contain '?' or '#': what is followed goes into spec.source.ref, a token into a Secret named in spec.source.secretRef",
    ),
    forbidden(
      `!self.matches('^https?://[^@]*$') || self.matches(r'^https?://${host}(:${port})?/+[^/]')`,
      `url must name a host, if need be a port, and a repository behind them, such as ${exampleUrl}`,
    ),
    forbidden(
      `!self.matches('^ssh://([^/:@]+@)?[^@]*$') || self.matches(r'^ssh://(${user})?${host}(:${port})?/+[^/]')`,
      'url must name a host, if need be a user and a port, and a repository behind them, such as ssh://git@git.example.com:2222/team/config.git',
    ),
    forbidden(
      `!${isScp} || self.matches(r'^${user}${host}:(/[^/@]|[^-/@])[^@]*$')`,
      `url must have the form user@host:path, such as ${exampleScp}; a port goes into the form ssh://git@git.example.com:2222/team/config.git`,
    ),
  ];
}

function forbidden(rule: string, message: string): Rule {
  return { rule, message, reason: 'FieldValueForbidden' };
}
