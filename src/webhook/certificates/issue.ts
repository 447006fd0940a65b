// Certificates of the webhook: its own authority, and the short-lived leaf that each replica signs for itself in memory.
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

/** PEM, both. */
export type KeyPair = { readonly certificate: string; readonly key: string };

const dayMilliseconds = 86_400_000;
// Clocks of API servers may be behind ours.
const backDatedMilliseconds = 3_600_000;
// An expired authority stops every labelled Pod of the cluster, and its key never leaves the Secret: it outlives the
// installation. Leaves are short-lived instead.
const authorityDays = 3650;
const leafDays = 7;

// Without these the library falls back to RSA and SHA-1, which API servers refuse.
const strength = { algorithm: 'sha256', keyType: 'ec', curve: 'P-256' } as const;

export async function issueAuthority(now: number): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: 'confroll webhook authority' }], {
    ...strength,
    notBeforeDate: new Date(now - backDatedMilliseconds),
    notAfterDate: new Date(now + authorityDays * dayMilliseconds),
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

/** For DNS names and IP addresses; never valid for longer than the authority, until `authorityEnds` (milliseconds since 1970). */
export async function issueLeaf(
  authority: KeyPair,
  hosts: readonly [string, ...string[]],
  { now, authorityEnds }: { readonly now: number; readonly authorityEnds: number },
): Promise<KeyPair> {
  // A common name holds 64 characters; it is for people, names that are checked are the alternative ones.
  const made = await generate([{ name: 'commonName', value: hosts[0].slice(0, 64) }], {
    ...strength,
    notBeforeDate: new Date(now - backDatedMilliseconds),
    notAfterDate: new Date(Math.min(now + leafDays * dayMilliseconds, authorityEnds)),
    ca: { key: authority.key, cert: authority.certificate },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) =>
          isIP(host) === 0 ? { type: 2 as const, value: host } : { type: 7 as const, ip: host },
        ),
      },
    ],
  });
  return { certificate: made.cert, key: made.private };
}
