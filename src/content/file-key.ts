// The ConfigMap key of a path: the path itself where Kubernetes allows it as a key, else a key made of its hash.
import { createHash } from 'node:crypto';

// What the API server allows: 1 to 253 of these, not `.`, not `..`, and nothing that starts with `..`.
const legalKey = /^(?!\.\.)[-._a-zA-Z0-9]{1,253}$/;
const madeKey = /^path-[0-9a-f]{16}-/;
// Enough to recognize a file in `kubectl describe`; the hash before it is what tells files apart.
const maxReadableCharacters = 100;

/**
 * Deterministic. A path that looks like a made key gets a made key itself, so two paths share a key only if the first 64
 * bits of their SHA-256 and their cleaned base names are equal; a folder with such a pair is refused.
 */
export function fileKey(path: string): string {
  if (legalKey.test(path) && path !== '.' && !madeKey.test(path)) return path;
  const digest = createHash('sha256').update(path, 'utf8').digest('hex').slice(0, 16);
  const base = path.slice(path.lastIndexOf('/') + 1);
  const readable = [...base]
    .slice(0, maxReadableCharacters)
    .join('')
    .replaceAll(/[^-._a-zA-Z0-9]/gu, '_');
  return `path-${digest}-${readable}`;
}
