// PURE: the command `fetch` of protocol version 2, as bytes. No thin packs, whose bases may have been let go.
import { flush, pktLine } from '../pkt-line.ts';

export type FetchCommand = {
  /** Ids of any objects. */
  readonly wants: readonly string[];
  /** Commits of which everything is said to be here. */
  readonly haves?: readonly string[];
  /** What is left out of what the wanted objects lead to; they themselves always come. */
  readonly filter?: 'tree:0' | 'blob:none';
  /** So many generations of commits. */
  readonly deepen?: number;
  /** Whether the pack is wanted whatever the server has in common with `haves`. */
  readonly done: boolean;
};

export function fetchRequest({ wants, haves = [], filter, deepen, done }: FetchCommand): Buffer {
  const lines = [
    'no-progress',
    'ofs-delta',
    ...(filter === undefined ? [] : [`filter ${filter}`]),
    ...(deepen === undefined ? [] : [`deepen ${deepen}`]),
    ...wants.map((oid) => `want ${oid}`),
    ...haves.map((oid) => `have ${oid}`),
    ...(done ? ['done'] : []),
  ];
  return Buffer.from(
    `${pktLine('command=fetch\n')}${delimiter}${lines.map((line) => pktLine(`${line}\n`)).join('')}${flush}`,
  );
}

/** Between a command with its capabilities and its arguments. */
export const delimiter = '0001';
