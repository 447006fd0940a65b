// Secrets that a test plants, and the search for them in whatever was said. Each is found in all the forms in which it
// could slip out.
import { generateKeyPairSync } from 'node:crypto';
import { type KeyPair, sshKeyPair } from './ssh-key-pair.ts';

export type Planted = { readonly name: string; readonly forms: readonly string[] };

export const username = 'reader';
export const password = 'correct-horse/battery+staple';
export const token = 'glpat-7c1f-planted-token';
export const bearer = 'eyJplanted.bearer.token';
export const passphrase = 'planted passphrase of the key';
export const proxyPassword = 'planted/proxy+password';

/** An SSH key under the passphrase. */
export function sshKey(): KeyPair {
  return sshKeyPair(passphrase);
}

/** RSA, as GitHub gives it to an App. */
export function appKey(): { readonly privateKey: string; readonly publicKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
}

export function plantedText(name: string, text: string, user = username): Planted {
  const base64 = (plain: string): string => Buffer.from(plain).toString('base64').replace(/=+$/, '');
  const forms = [
    text,
    encodeURIComponent(text),
    base64(text),
    base64(`${user}:${text}`),
    base64(`x:${text}`),
  ];
  return { name, forms: [...new Set(forms)] };
}

/** Every line of the key's own text. */
export function plantedPem(name: string, pem: string): Planted {
  return { name, forms: pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----')) };
}

/** Names of those that stand in the text. */
export function foundIn(text: string, secrets: readonly Planted[]): string[] {
  return secrets.filter(({ forms }) => forms.some((form) => text.includes(form))).map(({ name }) => name);
}
