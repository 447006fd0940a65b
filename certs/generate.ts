// Makes certificate authorities and server certificates for local use: EC P-256, SHA-256, kept in memory until a
// caller writes them. Not used by the webhook, which makes its own (certs/README.md).
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

export type KeyPair = {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS#8. */
  readonly key: string;
};

export type CertificateOptions = {
  /** Default: 30 days for a leaf, 10 years for an authority. */
  readonly days?: number;
  /** Milliseconds since 1970; default: the time of this machine. */
  readonly now?: number;
};

const dayMilliseconds = 86_400_000;
// Clocks of other machines are behind ours by minutes, rarely by more.
const backDatedMilliseconds = 3_600_000;

/** A self-signed authority whose certificates it signs by itself, without intermediates. */
export async function generateAuthority(name: string, options: CertificateOptions = {}): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...strength,
    ...validity({ days: 3650, ...options }),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

/** A server certificate for DNS names and IP addresses; throws when `hosts` is empty or one of them is neither. */
export async function generateLeaf(
  authority: KeyPair,
  hosts: readonly string[],
  options: CertificateOptions = {},
): Promise<KeyPair> {
  const [first] = hosts;
  if (first === undefined) throw new Error('a server certificate needs at least one host name or IP address');
  return generateSigned(authority, first, options, [
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: hosts.map(alternativeName) },
  ]);
}

/** A certificate with which `name` shows who it is to a server. */
export async function generateClient(
  authority: KeyPair,
  name: string,
  options: CertificateOptions = {},
): Promise<KeyPair> {
  return generateSigned(authority, name, options, [{ name: 'extKeyUsage', clientAuth: true }]);
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

async function generateSigned(
  authority: KeyPair,
  name: string,
  options: CertificateOptions,
  purpose: Extensions,
): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...strength,
    ...validity({ days: 30, ...options }),
    ca: { key: authority.key, cert: authority.certificate },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      ...purpose,
    ],
  });
  return { certificate: made.cert, key: made.private };
}

// Without these the library falls back to RSA and SHA-1, which Go's verifier refuses.
const strength = { algorithm: 'sha256', keyType: 'ec', curve: 'P-256' } as const;

function validity(options: CertificateOptions & { days: number }): {
  notBeforeDate: Date;
  notAfterDate: Date;
} {
  const now = options.now ?? Date.now();
  return {
    notBeforeDate: new Date(now - backDatedMilliseconds),
    notAfterDate: new Date(now + options.days * dayMilliseconds),
  };
}

function alternativeName(host: string): { type: 2; value: string } | { type: 7; ip: string } {
  if (isIP(host) !== 0) return { type: 7, ip: host };
  if (!/^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(host)) {
    throw new Error(`"${host}" is neither a DNS name nor an IP address`);
  }
  return { type: 2, value: host };
}
