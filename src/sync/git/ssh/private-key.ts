// The login's private key -> what logs in with it, or what is wrong with it, before anything is dialled. The package's
// words are not told: they may hold bytes of the key.
import type { ParsedKey, utils } from 'ssh2';
import type { Login } from '../../credentials/credential.ts';
import type { SourceFailure } from '../../source.ts';
import { parseHostKeyType } from './algorithms.ts';
import { fromPkcs8, isPkcs8 } from './pkcs8.ts';

type ParseKey = typeof utils.parseKey;
type SshLogin = Extract<Login, { kind: 'ssh' }>;

export type PreparedKey =
  /** The same key, by each algorithm that it may sign with. */
  { readonly kind: 'ok'; readonly keys: readonly ParsedKey[] } | SourceFailure;

// The package derives the key of a file from its passphrase on the event loop, 19 ms a round on a busy core. OpenSSH
// writes 16 or 24 rounds; a Secret with a million would stop everything.
const maxRounds = 32;

export function preparePrivateKey(login: SshLogin, shown: string, parseKey: ParseKey): PreparedKey {
  const invalid = (what: string): SourceFailure => ({
    kind: 'failed',
    class: 'person',
    reason: 'SecretInvalid',
    about: 'login',
    message: `${shown} cannot be asked: ${what}`,
  });
  const { passphrase } = login;
  const text = login.privateKey.trim().replaceAll('\r\n', '\n');
  const rounds = opensshRounds(text);
  const isEncrypted =
    rounds > 0 || /^Proc-Type: 4,ENCRYPTED$|^-----BEGIN ENCRYPTED PRIVATE KEY-----$/m.test(text);
  if (isEncrypted && passphrase === undefined) {
    return invalid('the private key has a passphrase; put that under the key passphrase of the Secret');
  }
  if (rounds > maxRounds) {
    return invalid(
      `the passphrase of the private key is stretched by ${rounds} rounds, at most ${maxRounds} are accepted: write it anew with "ssh-keygen -p -a 16 -f <file>"`,
    );
  }
  const key = parse(text, passphrase, parseKey);
  if (key === undefined) {
    return invalid(
      isEncrypted
        ? 'the private key cannot be opened with the passphrase of the Secret; correct one of them'
        : 'the private key cannot be read; put an ed25519, ECDSA or RSA key there, as ssh-keygen writes it',
    );
  }
  if (!key.isPrivateKey()) {
    return invalid('under the private key is a public key; put the other of the two files there');
  }
  if (parseHostKeyType(key.type) === undefined) {
    return invalid('the private key is of a type that is not accepted; use ed25519, ECDSA or RSA');
  }
  return {
    kind: 'ok',
    keys: key.type === 'ssh-rsa' ? [signing(key, 'sha512'), signing(key, 'sha256')] : [key],
  };
}

// By itself the package signs with SHA-1 where a server does not say what it takes.
function signing(key: ParsedKey, hash: 'sha512' | 'sha256'): ParsedKey {
  const made: ParsedKey = Object.create(key, {
    type: { value: hash === 'sha512' ? 'rsa-sha2-512' : 'rsa-sha2-256' },
    sign: { value: (data: Buffer) => key.sign(data, hash) },
  });
  return made;
}

function parse(text: string, passphrase: string | undefined, parseKey: ParseKey): ParsedKey | undefined {
  try {
    const readable = isPkcs8(text) ? fromPkcs8(text, passphrase) : text;
    if (readable === undefined) return undefined;
    const parsed = parseKey(readable, passphrase);
    const key = Array.isArray(parsed) ? parsed[0] : parsed;
    return key instanceof Error ? undefined : key;
  } catch {
    return undefined;
  }
}

// Of a key in OpenSSH's format that has a passphrase; 0 for every other.
function opensshRounds(text: string): number {
  const body = /^-----BEGIN OPENSSH PRIVATE KEY-----\n([\s\S]+)\n-----END OPENSSH PRIVATE KEY-----$/.exec(
    text,
  )?.[1];
  const blob = Buffer.from(body ?? '', 'base64');
  const magic = 'openssh-key-v1\0';
  if (blob.toString('latin1', 0, magic.length) !== magic) return 0;
  const cipher = lengthPrefixed(blob, magic.length);
  const derivation = lengthPrefixed(blob, magic.length + 4 + cipher.length);
  const options = lengthPrefixed(blob, magic.length + 8 + cipher.length + derivation.length);
  const salt = lengthPrefixed(options, 0);
  return options.length < salt.length + 8 ? 0 : options.readUInt32BE(4 + salt.length);
}

function lengthPrefixed(blob: Buffer, at: number): Buffer {
  return blob.length < at + 4 ? Buffer.alloc(0) : blob.subarray(at + 4, at + 4 + blob.readUInt32BE(at));
}
