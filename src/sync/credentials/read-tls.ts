// Material -> which authority is trusted and which certificate is shown. What the server would only hang up on is told
// here in words.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { certificatesOf } from '../../lib/pem.ts';
import type { TlsMaterial } from './credential.ts';
import { type Material, type Reading, read, wrong } from './material.ts';

/** `now` in milliseconds since 1970. */
export function readTls(material: Material, now: number): Reading<TlsMaterial> {
  const ca = material.value('ca.crt');
  if (ca !== undefined && certificatesOf(ca) === undefined) {
    return wrong('has no certificate under ca.crt: put that of the authority there, in PEM');
  }
  const client = readClient(material, now);
  return client.kind === 'problem' ? client : read({ ca, client: client.value });
}

function readClient(material: Material, now: number): Reading<TlsMaterial['client']> {
  const certificate = material.value('tls.crt');
  const key = material.value('tls.key');
  if (certificate === undefined && key === undefined) return read(undefined);
  if (certificate === undefined) return wrong('has tls.key without tls.crt: add the certificate');
  if (key === undefined) return wrong('has tls.crt without tls.key: add the key of the certificate');
  const [own] = certificatesOf(certificate) ?? [];
  if (own === undefined) return wrong('has no certificate in PEM under tls.crt');
  const privateKey = privateKeyOf(key);
  if (privateKey.kind === 'problem') return privateKey;
  if (!own.checkPrivateKey(privateKey.value)) {
    return wrong('has a certificate and a key under tls.crt and tls.key that do not belong together');
  }
  const end = Date.parse(own.validTo);
  if (end <= now) {
    return wrong(
      `has a client certificate under tls.crt that expired on ${new Date(end).toISOString()}: renew it`,
    );
  }
  return read({ certificate, key });
}

function privateKeyOf(pem: string): Reading<KeyObject> {
  // OpenSSL's own codes for this differ from version to version.
  if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    return wrong('has a key under a passphrase under tls.key: put it there without one');
  }
  try {
    return read(createPrivateKey(pem));
  } catch {
    return wrong('has no private key in PEM under tls.key');
  }
}
