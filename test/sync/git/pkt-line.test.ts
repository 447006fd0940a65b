import { expect, test } from 'vitest';
import { parsePktLines, pktLine } from '../../../src/sync/git/pkt-line.ts';

test('lines come back as they were written, flushes left out', () => {
  const body = Buffer.from(`${pktLine('größe\n')}0001${pktLine('')}0000`);
  expect(parsePktLines(body)?.map(String)).toEqual(['größe\n', '']);
});

test.each(['0005', 'zzzz', '0009shop', '12', '<html>'])('%j is no such answer', (text) => {
  expect(parsePktLines(Buffer.from(text))).toBeUndefined();
});

test('an answer of nothing but lengths is given up', () => {
  expect(parsePktLines(Buffer.from(`${'0004'.repeat(1_000_001)}0000`))).toBeUndefined();
});
