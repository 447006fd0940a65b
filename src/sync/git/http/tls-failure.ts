// An error of TLS -> what it means for the reader.

import { errorCode } from '../../../lib/error-code.ts';
import type { SourceFailure } from '../../source.ts';

type Failure = Omit<SourceFailure, 'kind'>;

/** Of the credential, whether it is there. */
export type TlsUsed = { readonly ca: unknown; readonly client: unknown };

const unknownAuthority = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);

/** Undefined for an error that is none of TLS. */
export function tlsFailure(error: unknown, shown: string, used: TlsUsed): Failure | undefined {
  const code = errorCode(error);
  const untrusted: Failure = { class: 'person', reason: 'NotTrusted', message: '' };
  if (unknownAuthority.has(code)) {
    const what =
      used.ca === undefined
        ? `its certificate is not signed by a well-known authority (${code}); put the certificate of its authority, in PEM, under the key ca.crt into a Secret of this namespace and name it in spec.source.certSecretRef`
        : `its certificate is not signed by the authority that was given (${code}); put the certificate of its authority, in PEM, under the key ca.crt there`;
    return { ...untrusted, about: 'ca', message: `${shown} cannot be trusted: ${what}` };
  }
  const alert = alertOf(error);
  const refusal = alert === undefined ? undefined : refusals[alert];
  if (refusal !== undefined && used.client !== undefined) {
    return {
      ...untrusted,
      about: 'client',
      message: `${shown} refused the client certificate (${refusal}): renew it, or correct what the server accepts`,
    };
  }
  if (refusal !== undefined) {
    return {
      ...untrusted,
      about: 'client',
      message: `${shown} ${alert === handshakeFailure ? 'broke the TLS handshake off, as servers do that want' : 'wants'} a client certificate: put one, in PEM, under the keys tls.crt and tls.key into a Secret of this namespace and name it in spec.source.certSecretRef`,
    };
  }
  const problem = certificateProblem(code);
  return problem === undefined
    ? undefined
    : { ...untrusted, message: `${shown} cannot be trusted: ${problem}` };
}

/** What is wrong with the certificate of whoever was connected to. */
export function certificateProblem(code: string): string | undefined {
  if (unknownAuthority.has(code)) return `its certificate is not signed by a known authority (${code})`;
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired; renew it there';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet; check the clocks';
  if (code === 'CERT_REVOKED') return 'its certificate was revoked; renew it there';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return 'its certificate is for another host name; use a name that the certificate holds';
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return `it does not speak TLS as expected (${code}); check port and scheme of its address`;
  }
  return undefined;
}

const handshakeFailure = 40;

// By the numbers of RFC 8446, 6.2.
const refusals: Readonly<Record<number, string>> = {
  [handshakeFailure]: 'it broke the TLS handshake off',
  42: 'it cannot read it',
  43: 'it is of a kind that it does not take',
  44: 'it was revoked',
  45: 'it has expired',
  46: 'for no reason that it gives',
  48: 'it does not know its authority',
  49: 'it has no access',
  116: 'it got none',
};

// The number stands nowhere but in the text, of which nothing else is used.
function alertOf(error: unknown): number | undefined {
  const match = error instanceof Error ? /SSL alert number (\d+)/.exec(error.message) : null;
  return match === null ? undefined : Number(match[1]);
}
