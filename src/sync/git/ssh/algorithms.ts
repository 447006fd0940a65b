// Which algorithms of SSH are spoken: those that OpenSSH offers by itself today and the package knows, nothing on SHA-1,
// no CBC, no compression (packs are compressed already).
import type { Algorithms } from 'ssh2';

/** Types of keys as known_hosts names them. */
export type HostKeyType = keyof typeof signatures;

// An RSA key signs with SHA-2 alone. The order is OpenSSH's: the shortest and least fragile first.
const signatures = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const;

const types: readonly HostKeyType[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
];

export function parseHostKeyType(name: string): HostKeyType | undefined {
  return types.find((type) => type === name);
}

/**
 * A server with several keys shows the one that comes first here, so the known types lead. The others follow, so that a
 * server with none of them shows what it has instead, and can be refused by its fingerprint.
 */
export function algorithmsFor(known: readonly HostKeyType[]): Algorithms {
  const ordered = [
    ...types.filter((type) => known.includes(type)),
    ...types.filter((type) => !known.includes(type)),
  ];
  return {
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
      'diffie-hellman-group16-sha512',
      'diffie-hellman-group18-sha512',
      // 2048 bits: what some older servers of big hosts have at best.
      'diffie-hellman-group14-sha256',
    ],
    serverHostKey: ordered.flatMap((type) => [...signatures[type]]),
    // Authenticated ones first. chacha20 is in JavaScript where the package has no native part.
    cipher: ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'aes256-ctr', 'aes192-ctr', 'aes128-ctr'],
    hmac: [
      'hmac-sha2-512-etm@openssh.com',
      'hmac-sha2-256-etm@openssh.com',
      'hmac-sha2-512',
      'hmac-sha2-256',
    ],
    compress: ['none'],
  };
}
