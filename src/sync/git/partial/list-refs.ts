// PURE: which refs a server has, as protocol version 2 lists them and as versions 0 and 1 begin with.
import { flush, pktLine, pktLinesOf } from '../pkt-line.ts';
import { delimiter } from './fetch-request.ts';
import { ProtocolError } from './protocol-error.ts';

/** Full name -> id; of a tag that is an object, the id of what it is a tag of. */
export type Refs = ReadonlyMap<string, string>;

export function listRefsRequest(prefixes: readonly string[]): Buffer {
  const lines = ['peel', ...prefixes.map((prefix) => `ref-prefix ${prefix}`)];
  return Buffer.from(
    `${pktLine('command=ls-refs\n')}${delimiter}${lines.map((line) => pktLine(`${line}\n`)).join('')}${flush}`,
  );
}

/** Throws a ProtocolError. */
export function parseListedRefs(body: Buffer): Refs {
  const refs = new Map<string, string>();
  const lines = pktLinesOf(body);
  let next = lines.next();
  for (; next.done !== true; next = lines.next()) {
    const [oid = '', name = '', ...attributes] = next.value.toString('utf8').trimEnd().split(' ');
    if (oid === 'ERR') throw new ProtocolError('refused');
    // HEAD of a repository without a commit.
    if (oid === 'unborn') continue;
    if (!isObjectId(oid) || name === '') throw new ProtocolError('malformed');
    const peeled = attributes.find((each) => each.startsWith(peeledIs))?.slice(peeledIs.length);
    refs.set(name, peeled !== undefined && isObjectId(peeled) ? peeled : oid);
  }
  if (next.value !== 'flushed') throw new ProtocolError('malformed');
  return refs;
}

/** The payloads of a v0 greeting. Throws a ProtocolError. */
export function parseAdvertisedRefs(lines: readonly Buffer[]): Refs {
  const refs = new Map<string, string>();
  for (const line of lines) {
    const [text = ''] = line.toString('utf8').split('\0');
    if (text.startsWith('ERR ')) throw new ProtocolError('refused');
    if (/^(?:version 1$|shallow |# service=)/.test(text.trimEnd())) continue;
    const [oid = '', name = ''] = text.trimEnd().split(' ');
    if (!isObjectId(oid) || name === '') throw new ProtocolError('malformed');
    // What an empty repository has in place of a ref.
    if (name === 'capabilities^{}') continue;
    // A peeled line stands behind the one of its tag.
    refs.set(name.endsWith('^{}') ? name.slice(0, -'^{}'.length) : name, oid);
  }
  return refs;
}

const peeledIs = 'peeled:';

function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}
