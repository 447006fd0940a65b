// What the codes of the operating system mean for the reader.

const cut =
  'the connection was cut before the answer was whole: look at the server and what stands before it; it is asked again by itself';
const words: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'nothing listens there (connection refused): check host and port, and whether the server runs',
  EAI_AGAIN: 'DNS did not answer: check the name server of the cluster',
  ECONNRESET: cut,
  EPIPE: cut,
  ETIMEDOUT: 'the connection was not answered: check host, port and network policies',
  EHOSTUNREACH: 'there is no way to that host: check network policies',
  ENETUNREACH: 'there is no way to that network: check network policies',
};

/** `written` is where the address can be corrected. */
export function networkWords(code: string, written: string): string {
  if (code === 'ENOTFOUND') return `its host name is not known to DNS: check ${written}`;
  return words[code] ?? `the connection failed (${code})`;
}
