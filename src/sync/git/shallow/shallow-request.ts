// What is asked for in protocol version 0: one commit without its history.
import { flush, pktLine } from '../pkt-line.ts';
import type { Transport } from '../transport.ts';

/** With only the capabilities that every server has had for many years. */
export function shallowRequest(oid: string): Buffer {
  const want = pktLine(`want ${oid} side-band-64k ofs-delta\n`);
  return Buffer.from(`${want}${pktLine('deepen 1\n')}${flush}${pktLine('done\n')}`);
}

/** The object that an annotated tag is, where the server's list tells it. */
export async function tagObject(
  transport: Transport,
  refName: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!refName.startsWith('refs/tags/')) return undefined;
  const conversation = await transport.open('v2', signal);
  conversation.end();
  if (conversation.greeting.protocol !== 'v0') return undefined;
  const lines = conversation.greeting.lines.map((line) => line.toString('utf8').split('\0', 1)[0]?.trimEnd());
  return lines.find((line) => line?.slice(41) === refName)?.slice(0, 40);
}
