import { expect, test } from 'vitest';
import { parseStall } from '../../../src/sync/pressure/psi.ts';
import { stall } from './recorded.ts';

test.for([
  ['both lines', stall(12.5, 3.25), { some: 12.5, full: 3.25 }],
  [
    'CPU on an older kernel',
    'some avg10=0.01 avg60=0.46 avg300=1.35 total=4449247509\n',
    { some: 0.01, full: 0 },
  ],
  ['nothing', '', undefined],
  ['nonsense', 'some avg10=much avg60=\n', undefined],
] as const)('%s', ([, text, expected]) => {
  expect(parseStall(text)).toEqual(expected);
});
