import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pktLine } from '../../../../src/sync/git/pkt-line.ts';
import { findPktEnd } from '../../../../src/sync/git/ssh/pkt-end.ts';

test('the end is the first flush between lines, however the stream is cut into pieces', () => {
  const line = fc.oneof(fc.string({ minLength: 1 }).map(pktLine), fc.constantFrom('0001', '0002', '0004'));
  fc.assert(
    fc.property(
      fc.array(line),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (lines, steps) => {
        const stream = Buffer.from(`${lines.join('')}0000`);
        const end = findPktEnd();
        let at = 0;
        for (let step = 0; ; step += 1) {
          const piece = stream.subarray(at, at + (steps[step % steps.length] ?? 1));
          at += piece.length;
          const found = end.feed(piece);
          if (at < stream.length) expect(found).toBe('more');
          else {
            expect(found).toBe(piece.length);
            return;
          }
        }
      },
    ),
  );
});

describe('in one piece', () => {
  test.for([
    ['a flush within a line', `${pktLine('a 0000 b')}`, 'more'],
    ['something behind the flush', '0000more', 4],
    ['text', 'Welcome to the server', 'broken'],
    ['a length that there is not', '0003', 'broken'],
    ['nothing', '', 'more'],
  ] as const)('%s', ([, text, found]) => {
    expect(findPktEnd().feed(Buffer.from(text))).toBe(found);
  });
});
