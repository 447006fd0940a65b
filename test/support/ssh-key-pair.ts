// Keys of SSH, made without a program.
import ssh2 from 'ssh2';

export type KeyPair = { readonly privateKey: string; readonly publicKey: string };

/** ed25519; under a passphrase one that is opened quickly, each round takes its time. */
export function sshKeyPair(passphrase?: string): KeyPair {
  const made =
    passphrase === undefined
      ? ssh2.utils.generateKeyPairSync('ed25519')
      : ssh2.utils.generateKeyPairSync('ed25519', { passphrase, cipher: 'aes256-ctr', rounds: 1 });
  // One of some hundred that the package makes it cannot read itself.
  if (ssh2.utils.parseKey(made.private, passphrase) instanceof Error) return sshKeyPair(passphrase);
  return { privateKey: made.private, publicKey: made.public };
}
