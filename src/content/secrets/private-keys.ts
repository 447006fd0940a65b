// Private keys in PEM, of OpenSSH, PGP and PuTTY, and PEM within base64, as a kubeconfig has it.
import type { Hit } from './find-secrets.ts';

// RFC 7468 and 4880; RFC 4716 and ssh.com have four dashes and a blank. `RSA`, `EC`, `OPENSSH`, `ENCRYPTED`, `PGP`, ...
const begin = /-{4,5} ?BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}/g;
// Headers of the longest kind (PGP's comments) come before the first full line.
const headCharacters = 1_000;
// A line of PEM has 64, of PGP 60 or 64, of RFC 4716 70; the shortest key of all, Ed25519 in PKCS #8, has 64.
const bodyLine = /[A-Za-z0-9+/]{40}/;
const base64OfBegin = /(?<![A-Za-z0-9+/])LS0tLS1CRUdJTi[A-Za-z0-9+/]{10}/g;
const puttyFile = /^PuTTY-User-Key-File-[1-9]: ?[a-z]/gm;

export function* privateKeys(text: string): Generator<Hit> {
  for (const at of privateKeysIn(text)) yield { at, sort: 'a private key' };
  for (const { index } of text.matchAll(base64OfBegin)) {
    if (holdsKey(text.slice(index, index + headCharacters)))
      yield { at: index, sort: 'a private key in base64' };
  }
  for (const { index } of text.matchAll(puttyFile)) yield { at: index, sort: 'a private key of PuTTY' };
}

function* privateKeysIn(text: string): Generator<number> {
  for (const { index, 0: line } of text.matchAll(begin)) {
    if (hasBody(text.slice(index + line.length, index + line.length + headCharacters))) yield index;
  }
}

// It may be on several lines. What follows it is decoded along, and looks like nothing.
function holdsKey(encoded: string): boolean {
  const [first] = privateKeysIn(Buffer.from(encoded, 'base64').toString('latin1'));
  return first === 0;
}

/** Not so where a template, or a line of documentation, has words or dots in its place. */
function hasBody(following: string): boolean {
  const stop = following.indexOf('----');
  const [line] = bodyLine.exec(stop < 0 ? following : following.slice(0, stop)) ?? [];
  // `xxxxxxxx`; keys of OpenSSH may well begin with many an `A`.
  return line !== undefined && new Set(line).size > 4;
}
