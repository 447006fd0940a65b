// An error of the network or of TLS -> what it means for the reader.
import { isRecord } from '../../lib/json.ts';
import type { SourceFailure } from '../source.ts';

type Failure = Omit<SourceFailure, 'kind'>;

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

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'nothing listens there (connection refused): check host and port, and whether the server runs',
  ENOTFOUND: 'its host name is not known to DNS: check spec.source.url',
  EAI_AGAIN: 'DNS did not answer: check the name server of the cluster',
  ECONNRESET: 'the connection was cut before the answer was whole',
  EPIPE: 'the connection was cut before the answer was whole',
  ETIMEDOUT: 'the connection was not answered: check host, port and network policies',
  EHOSTUNREACH: 'there is no way to that host: check network policies',
  ENETUNREACH: 'there is no way to that network: check network policies',
};

export function networkFailure(
  error: unknown,
  from: { readonly shown: string; readonly secretName: string | undefined },
): Failure {
  const code = errorCode(error);
  const tls = tlsProblem(code, from.secretName);
  if (tls !== undefined) {
    return { class: 'person', reason: 'Unreachable', message: `${from.shown} cannot be trusted: ${tls}` };
  }
  const why = words[code] ?? `the connection failed (${code})`;
  return { class: 'retry', reason: 'Unreachable', message: `${from.shown} cannot be reached: ${why}` };
}

function tlsProblem(code: string, secretName: string | undefined): string | undefined {
  if (unknownAuthority.has(code)) {
    const where =
      secretName === undefined
        ? 'in a Secret that spec.source.secretRef names'
        : `of Secret "${secretName}", which spec.source.secretRef names`;
    return `its certificate is not signed by a known authority (${code}); put the certificate of its authority, in PEM, under the key ca.crt ${where}`;
  }
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired; renew it at the server';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet; check the clocks';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return 'its certificate is for another host name; use a name that the certificate holds';
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
    return `it does not speak TLS as expected (${code}); check port and scheme in spec.source.url`;
  }
  return undefined;
}

// Only the code: the text of an error may repeat what was sent.
function errorCode(error: unknown): string {
  if (isRecord(error)) {
    if (typeof error.code === 'string') return error.code;
    if (Array.isArray(error.errors)) return errorCode(error.errors[0]);
  }
  return 'unknown error';
}
