// What credentials are made from: named values of a Secret, of mounted files or of environment variables. All three use
// the same names, those that people know from Flux and from Kubernetes' own kinds of Secrets.
import type { SourceFailure } from '../source.ts';

export const appKeys = [
  'githubAppID',
  'githubAppInstallationID',
  'githubAppInstallationOwner',
  'githubAppPrivateKey',
  'githubAppBaseURL',
] as const;

export const materialKeys = [
  'username',
  'password',
  'token',
  'bearerToken',
  'identity',
  'ssh-privatekey',
  'passphrase',
  'known_hosts',
  ...appKeys,
  'ca.crt',
  'tls.crt',
  'tls.key',
] as const;

export type MaterialKey = (typeof materialKeys)[number] | 'address';

export type Material = {
  /** As messages name it, such as `Secret "git-read"`. */
  readonly name: string;
  /** Undefined where there is nothing under the key. */
  value(key: MaterialKey): string | undefined;
  /** `problem` goes on where the name ends: `holds ...`, `lacks ...`. It never repeats a value. */
  refuse(problem: string): SourceFailure;
};

/** What was made of a Material, or what is wrong with it: words for `refuse`. */
export type Reading<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'problem'; readonly problem: string };

export function createMaterial(
  name: string,
  values: ReadonlyMap<string, Buffer>,
  refuse: (problem: string) => SourceFailure,
): Material {
  return {
    name,
    refuse,
    value(key) {
      // Files that become Secrets often end with a line end, which no credential has.
      const text = values
        .get(key)
        ?.toString('utf8')
        .replace(/[\r\n]+$/, '');
      return text === '' ? undefined : text;
    },
  };
}

export function isMaterialKey(text: string): text is (typeof materialKeys)[number] {
  return materialKeys.some((key) => key === text);
}

/** Those of the keys that hold something. */
export function present<K extends MaterialKey>(material: Material, keys: readonly K[]): K[] {
  return keys.filter((key) => material.value(key) !== undefined);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

export function read<T>(value: T): Reading<T> {
  return { kind: 'ok', value };
}

export function wrong(problem: string): Extract<Reading<never>, { kind: 'problem' }> {
  return { kind: 'problem', problem };
}
