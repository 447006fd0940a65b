// Material -> a login over SSH: a private key, with what opens it, and the host keys that are trusted. Whether the key can
// be opened is told by who connects: that takes a hundred milliseconds, and this is asked at each look.
import type { Login } from './credential.ts';
import { appKeys, listed, type Material, present, type Reading, read, wrong } from './material.ts';

const expected =
  'an SSH address needs a private key under identity, with password if it is under a passphrase, and known_hosts';

export function readSshLogin(material: Material): Reading<Login> {
  const others = present(material, ['token', 'bearerToken', ...appKeys]);
  const keys = present(material, ['identity', 'ssh-privatekey']);
  if (others.length > 0)
    return wrong(`holds ${listed(others)}, which is for https:// addresses; ${expected}`);
  if (keys.length > 1) return wrong(`holds ${listed(keys)}: keep the one that is meant`);
  const [key] = keys;
  if (key === undefined) {
    const found = present(material, ['username', 'password']);
    return found.length > 0
      ? wrong(`holds ${listed(found)} without a key, which is for https:// addresses; ${expected}`)
      : wrong(`lacks the keys that are needed: ${expected}`);
  }
  const privateKey = material.value(key) ?? '';
  if (/^(?:ssh-|ecdsa-|sk-|-----BEGIN (?:[A-Z]+ )?PUBLIC KEY)/.test(privateKey.trim())) {
    return wrong(
      `has a public key under ${key}: put the private one there, and give the public one to the Git host`,
    );
  }
  if (
    !/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\s\S]+-----END (?:[A-Z]+ )*PRIVATE KEY-----/.test(privateKey)
  ) {
    return wrong(
      `has no private key under ${key}: put one in OpenSSH's format or PEM there, with its first and last line`,
    );
  }
  return read({
    kind: 'ssh',
    privateKey,
    // Flux keeps it under password.
    passphrase: material.value('passphrase') ?? material.value('password'),
    knownHosts: material.value('known_hosts'),
  });
}
