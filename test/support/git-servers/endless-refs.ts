// A list of refs that never ends, in pkt-lines.
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pktLine } from './packs.ts';

const piece = Buffer.concat(
  Array.from({ length: 1_000 }, (_, index) => pktLine(`${'1'.repeat(40)} refs/heads/of-nobody/${index}\n`)),
);

/** Until whoever reads has gone. */
export async function pourRefs(to: Writable): Promise<void> {
  let isOver = false;
  const gone = once(to, 'close').then(() => {
    isOver = true;
  });
  while (!isOver) {
    // A channel of SSH takes what it is given also when it is closing.
    if (to.write(piece)) await nextTurn();
    else await Promise.race([once(to, 'drain'), gone]);
  }
}
