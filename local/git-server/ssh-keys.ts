// Keys of SSH as people make them: by ssh-keygen.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type SshKeyType = 'ed25519' | 'ecdsa' | 'rsa';

export type SshKeyOptions = {
  readonly type?: SshKeyType;
  /** ECDSA: 256, 384 or 521. */
  readonly bits?: number;
  /** Default OpenSSH's own. */
  readonly format?: 'PEM' | 'PKCS8';
  readonly passphrase?: string;
  /** How often the passphrase is stretched. */
  readonly rounds?: number;
};

export type SshKey = {
  readonly privateKey: string;
  /** Type and base64, without a comment, as known_hosts and authorized_keys have them. */
  readonly publicKey: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
};

/** Throws with ssh-keygen's words. */
export function makeSshKey(options: SshKeyOptions = {}): SshKey {
  const folder = mkdtempSync(join(tmpdir(), 'confroll-key-'));
  try {
    const file = join(folder, 'key');
    const { type = 'ed25519', bits, format, passphrase = '', rounds } = options;
    run([
      ...['-q', '-t', type, '-N', passphrase, '-C', '', '-f', file],
      ...(bits === undefined ? [] : ['-b', String(bits)]),
      ...(format === undefined ? [] : ['-m', format]),
      ...(rounds === undefined ? [] : ['-a', String(rounds)]),
    ]);
    return {
      privateKey: readFileSync(file, 'utf8'),
      publicKey: readFileSync(`${file}.pub`, 'utf8').trim(),
      fingerprint: run(['-l', '-f', `${file}.pub`]).split(' ')[1] ?? '',
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(args: readonly string[]): string {
  const made = spawnSync('ssh-keygen', args, { encoding: 'utf8', input: '' });
  if (made.status !== 0) throw new Error(`ssh-keygen failed: ${made.error?.message ?? made.stderr.trim()}`);
  return made.stdout;
}
