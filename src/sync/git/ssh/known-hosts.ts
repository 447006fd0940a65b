// The format of known_hosts (sshd(8)): which lines are about a host, and which keys they hold. Pure; what a line holds is
// never told, only its number.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { bareHostname } from '../../../api/repository-url.ts';
import { type HostKey, parseHostKey } from './host-key.ts';

export type KnownHosts = {
  readonly keys: readonly HostKey[];
  /** Keys that are refused whatever else is said. */
  readonly revoked: readonly HostKey[];
  /** Lines that do not count, with the reason: whoever misses a key finds it here. */
  readonly ignored: readonly string[];
};

/** A host as known_hosts names it: the port only where it is not SSH's own. IPv6 without brackets of its own. */
export function knownHostName(hostname: string, port: number): string {
  const bare = bareHostname(hostname).toLowerCase();
  return port === 22 ? bare : `[${bare}]:${port}`;
}

export function findKnownHost(text: string, host: string): KnownHosts {
  const keys: HostKey[] = [];
  const revoked: HostKey[] = [];
  const ignored: string[] = [];
  text.split(/\r?\n/).forEach((each, index) => {
    const line = readLine(each, host);
    if (line === undefined) return;
    if (line.kind === 'ignored') ignored.push(`line ${index + 1} ${line.why}`);
    else (line.kind === 'key' ? keys : revoked).push(line.key);
  });
  return { keys, revoked, ignored };
}

type Line =
  | { readonly kind: 'key' | 'revoked'; readonly key: HostKey }
  | { readonly kind: 'ignored'; readonly why: string };

// Undefined: a comment, or about other hosts.
function readLine(text: string, host: string): Line | undefined {
  const words = text.trim().split(/[ \t]+/);
  if (words[0] === '' || words[0]?.startsWith('#')) return undefined;
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined;
  const [hosts = '', type = '', base64 = ''] = words;
  if (hosts === '' || type === '' || base64 === '') return { kind: 'ignored', why: 'is not whole' };
  if (!isAbout(hosts, host)) return undefined;
  if (marker === '@cert-authority') {
    return { kind: 'ignored', why: 'is about a certificate authority, which is not supported' };
  }
  if (marker !== undefined && marker !== '@revoked') {
    return { kind: 'ignored', why: 'begins with an unknown marker' };
  }
  const key = parseHostKey(base64);
  if (key === undefined || key.type !== type) {
    return { kind: 'ignored', why: 'holds no key of a type that is accepted (ed25519, ECDSA, RSA)' };
  }
  return { kind: marker === undefined ? 'key' : 'revoked', key };
}

function isAbout(hosts: string, host: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, host);
  const patterns = hosts.toLowerCase().split(',');
  const negated = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  if (negated.some((pattern) => matches(pattern, host))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matches(pattern, host));
}

// |1|salt|HMAC-SHA1 of the host with the salt as its key.
function isHashOf(hashed: string, host: string): boolean {
  const [, version, salt = '', hash = ''] = hashed.split('|');
  if (version !== '1') return false;
  const wanted = Buffer.from(hash, 'base64');
  const ours = createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest();
  return wanted.length === ours.length && timingSafeEqual(wanted, ours);
}

// `*` and `?`, without a regular expression: one of many stars takes for ever, and the text is a stranger's.
function matches(pattern: string, text: string): boolean {
  let [p, t, star, from] = [0, 0, -1, 0];
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p;
      from = t;
      p += 1;
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      from += 1;
      [p, t] = [star + 1, from];
    } else return false;
  }
  return /^\**$/.test(pattern.slice(p));
}
