// Checks of certificates before they are used: a pair that does not fit must never reach the server or the cluster.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyPair } from './issue.ts';

export type Authority = KeyPair & { readonly x509: X509Certificate };
export type Leaf = KeyPair & { readonly x509: X509Certificate };

/** Undefined when it is usable as an authority now, else what is wrong with it. */
export function checkAuthority(pair: KeyPair, now: number): { authority: Authority } | { problem: string } {
  const x509 = parseCertificate(pair.certificate);
  if (x509 === undefined) return { problem: 'ca.crt is not a certificate in PEM' };
  if (!x509.ca) return { problem: 'ca.crt is not the certificate of an authority' };
  if (!fits(x509, pair.key)) return { problem: 'ca.key does not belong to ca.crt' };
  if (!isValidAt(x509, now)) return { problem: `ca.crt is valid from ${x509.validFrom} to ${x509.validTo}` };
  return { authority: { ...pair, x509 } };
}

export function checkLeaf(
  pair: KeyPair,
  authority: Authority,
  now: number,
): { leaf: Leaf } | { problem: string } {
  const x509 = parseCertificate(pair.certificate);
  if (x509 === undefined) return { problem: 'the leaf is not a certificate in PEM' };
  if (!fits(x509, pair.key)) return { problem: 'the key does not belong to the leaf' };
  if (!isIssuedBy(x509, authority.x509)) return { problem: 'the leaf is not signed by the authority' };
  if (!isValidAt(x509, now)) return { problem: 'the leaf is not valid now' };
  return { leaf: { ...pair, x509 } };
}

/** Whether a client that trusts this bundle (base64 of PEM, as in `caBundle`) accepts the leaf now. */
export function bundleVerifies(bundle: string, leaf: Leaf, now: number): boolean {
  if (!isValidAt(leaf.x509, now)) return false;
  const certificates = Buffer.from(bundle, 'base64').toString().match(pemCertificate) ?? [];
  return certificates.some((pem) => {
    const x509 = parseCertificate(pem);
    return x509?.ca === true && isValidAt(x509, now) && isIssuedBy(leaf.x509, x509);
  });
}

export function isIssuedBy(leaf: X509Certificate, authority: X509Certificate): boolean {
  return leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

/** Milliseconds since 1970. */
export const endOf = (x509: X509Certificate): number => Date.parse(x509.validTo);

/** When two thirds of its life are over: enough time is left to notice that renewal fails. */
export function renewalOf(x509: X509Certificate): number {
  const begin = Date.parse(x509.validFrom);
  return begin + ((endOf(x509) - begin) * 2) / 3;
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function isValidAt(x509: X509Certificate, now: number): boolean {
  return Date.parse(x509.validFrom) <= now && now < endOf(x509);
}

function fits(x509: X509Certificate, key: string): boolean {
  try {
    return x509.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false; // the error may quote the key
  }
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
