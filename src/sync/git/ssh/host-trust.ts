// Is this server the one that is meant? Lines of the login count first; where it has none for a host, the keys that the
// big hosts publish.
import { bareHostname, type RepositoryAddress } from '../../../api/repository-url.ts';
import type { SourceFailure } from '../../source.ts';
import { publishedHostKeys } from './builtin-host-keys.ts';
import { fingerprint, type HostKey, readHostKey } from './host-key.ts';
import { findKnownHost, type KnownHosts, knownHostName } from './known-hosts.ts';

export type HostTrust = KnownHosts & {
  /** As known_hosts names it. */
  readonly host: string;
  /** Where the keys come from; undefined: the login's known_hosts. */
  readonly publishedAt: string | undefined;
};

export function trustOf(address: RepositoryAddress, knownHosts: string | undefined): HostTrust {
  const host = knownHostName(address.hostname, address.port);
  const own = findKnownHost(knownHosts ?? '', host);
  if (own.keys.length > 0) return { ...own, host, publishedAt: undefined };
  for (const { lines, publishedAt } of publishedHostKeys) {
    const { keys } = findKnownHost(lines, host);
    if (keys.length > 0) return { ...own, keys, host, publishedAt };
  }
  return { ...own, host, publishedAt: undefined };
}

/** Undefined: it is. */
export function refuseHostKey(
  presented: Buffer,
  trust: HostTrust,
  address: RepositoryAddress,
): SourceFailure | undefined {
  const isPresented = (key: HostKey): boolean => key.blob.equals(presented);
  const shown = `${fingerprint(presented)} (${readHostKey(presented)?.type ?? 'unknown type'})`;
  const nothingSent = 'Nothing was sent to it';
  if (trust.revoked.some(isPresented)) {
    return mismatch(
      `${address.text} shows the host key ${shown}, which known_hosts marks as @revoked. ${nothingSent}: the server has to get a new key; ${howToGet(address, trust)}`,
    );
  }
  if (trust.keys.some(isPresented)) return undefined;
  if (trust.keys.length === 0) {
    return mismatch(
      `${address.text} is not known: known_hosts has no key for ${trust.host}. ${nothingSent}. It shows the host key ${shown}; ${howToGet(address, trust)}${told(trust)}`,
    );
  }
  const expected = trust.keys.map(({ type, blob }) => `${fingerprint(blob)} (${type})`).join(' or ');
  const source = trust.publishedAt === undefined ? '' : ` (published at ${trust.publishedAt})`;
  return mismatch(
    `${address.text} shows the host key ${shown}, expected is ${expected}${source}. ${nothingSent}: either whoever runs the server has changed its key, or somebody stands in between. Ask who runs it; if the key was changed, ${howToGet(address, trust)}${told(trust)}`,
  );
}

function howToGet({ hostname, port }: RepositoryAddress, { host }: HostTrust): string {
  const bare = bareHostname(hostname);
  const where = port === 22 ? bare : `-p ${port} ${bare}`;
  return `get the line for ${host} with "ssh-keyscan ${where}", compare its fingerprint (ssh-keygen -lf) with what whoever runs the server tells on another way, and put it under the key known_hosts of the Secret`;
}

// Enough to find a slip; a file of hundreds of hosts may have as many.
function told({ ignored }: HostTrust): string {
  if (ignored.length === 0) return '';
  return `. In known_hosts ${ignored.slice(0, 5).join('; ')}${ignored.length > 5 ? '; and more' : ''}`;
}

function mismatch(message: string): SourceFailure {
  return { kind: 'failed', class: 'person', reason: 'HostKeyMismatch', about: 'login', message };
}
