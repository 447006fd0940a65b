// Keys in PKCS #8, as openssl writes them, in a form that the SSH package reads.
import { createPrivateKey, type KeyObject } from 'node:crypto';

export function isPkcs8(text: string): boolean {
  return /^-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/.test(text);
}

// About half a second of a core; openssl writes 2048, ssh-keygen as many.
const maxIterations = 500_000;

/** PEM of another kind, without a passphrase. Undefined, or an exception, for a key that cannot be used. */
export function fromPkcs8(text: string, passphrase: string | undefined): string | undefined {
  const isEncrypted = text.startsWith('-----BEGIN ENCRYPTED');
  if (isEncrypted && !isCheap(text)) return undefined;
  const key = createPrivateKey(isEncrypted && passphrase !== undefined ? { key: text, passphrase } : text);
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
  return key.asymmetricKeyType === 'ed25519' ? opensshOf(key) : undefined;
}

// PBKDF2 with a number of iterations that is read before it is run: object id, then a sequence of salt and number.
function isCheap(text: string): boolean {
  const der = Buffer.from(text.replaceAll(/-----.*-----/g, ''), 'base64');
  const id = Buffer.from('06092a864886f70d01050c30', 'hex');
  const at = der.indexOf(id);
  if (at < 0) return false;
  const salt = at + id.length + 1;
  const number = salt + 2 + (der[salt + 1] ?? 0);
  const length = der[number + 1] ?? 0;
  if (der[salt] !== 0x04 || der[number] !== 0x02 || length < 1 || length > 4) return false;
  return der.length >= number + 2 + length && der.readUIntBE(number + 2, length) <= maxIterations;
}

// OpenSSH's own format: the only one that the package reads ed25519 in.
function opensshOf(key: KeyObject): string | undefined {
  const { d, x } = key.export({ format: 'jwk' });
  if (d === undefined || x === undefined) return undefined;
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const type = text('ssh-ed25519');
  // Two equal numbers, by which a wrong passphrase would be seen; the padding counts up to a multiple of eight.
  const secret = [Buffer.alloc(8), type, sized(point), sized(Buffer.concat([seed, point])), text('')];
  const bytes = Buffer.concat(secret);
  const padding = Buffer.from(Array.from({ length: (8 - (bytes.length % 8)) % 8 }, (_, index) => index + 1));
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    Buffer.from([0, 0, 0, 1]),
    sized(Buffer.concat([type, sized(point)])),
    sized(Buffer.concat([bytes, padding])),
  ]);
  const lines = blob.toString('base64').replaceAll(/.{70}/g, '$&\n').trim();
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----`;
}

function text(value: string): Buffer {
  return sized(Buffer.from(value));
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
