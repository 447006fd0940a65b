// Certificates and keys in PEM -> what TLS is spoken with, or what is wrong with them.
import { createSecureContext, type SecureContext } from 'node:tls';
import { errorCode } from '../../../lib/error-code.ts';
import { certificatesOf } from '../../../lib/pem.ts';
import type { TlsMaterial } from '../../credentials/credential.ts';
import type { SourceFailure } from '../../source.ts';

export function prepareTls(
  { ca, client }: TlsMaterial,
  shown: string,
): { readonly kind: 'ok'; readonly context: SecureContext } | SourceFailure {
  const invalid = (about: 'ca' | 'client', what: string): SourceFailure => ({
    kind: 'failed',
    class: 'person',
    reason: 'SecretInvalid',
    about,
    message: `${shown} cannot be asked: ${what}`,
  });
  // TLS itself takes text without a certificate for an authority that signs nothing.
  if (ca !== undefined && certificatesOf(ca) === undefined) {
    return invalid('ca', 'ca.crt holds no certificate that can be read; put the authority there in PEM');
  }
  try {
    const own = client === undefined ? {} : { cert: client.certificate, key: client.key };
    return { kind: 'ok', context: createSecureContext({ ...(ca === undefined ? {} : { ca }), ...own }) };
  } catch (error) {
    return invalid('client', clientProblem(errorCode(error)));
  }
}

function clientProblem(code: string): string {
  const pair = 'the client certificate (tls.crt) and its key (tls.key)';
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return `${pair} do not belong together`;
  return `${pair} cannot be used (${code}); put both there in PEM, the key without a passphrase`;
}
