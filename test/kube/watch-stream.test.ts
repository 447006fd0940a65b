import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WatchEvent } from '../../src/kube/api.ts';
import { KubeError } from '../../src/kube/kube-error.ts';
import { parseWatchEvent, watchEvents } from '../../src/kube/watch-stream.ts';

async function* chunks(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (const cut of cuts) {
    const end = Math.min(bytes.length, from + cut);
    yield bytes.subarray(from, end);
    from = end;
  }
  yield bytes.subarray(from);
}

async function read(body: AsyncIterable<unknown>): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of watchEvents(body)) events.push(event);
  return events;
}

test('wherever the network cuts the bytes, the same events come out', async () => {
  const values = fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(values, fc.array(fc.integer({ min: 0, max: 30 })), async (texts, cuts) => {
      const events = texts.map((text): WatchEvent => ({ type: 'ADDED', object: { text } }));
      const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      expect(await read(chunks(bytes, cuts))).toEqual(events);
    }),
  );
});

test('a last line that was cut is dropped', async () => {
  const bytes = Buffer.from('{"type":"ADDED","object":{}}\n{"type":"ADD');
  expect(await read(chunks(bytes, []))).toEqual([{ type: 'ADDED', object: {} }]);
});

test('a line without an end is given up before it fills the memory', async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield Buffer.alloc(1024 * 1024, 'x');
  }
  await expect(read(endless())).rejects.toThrow('larger than');
});

test.each([
  [
    'a bookmark',
    '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}',
    { type: 'BOOKMARK', resourceVersion: '7' },
  ],
  [
    'an error',
    '{"type":"ERROR","object":{"code":410,"message":"too old"}}',
    { type: 'ERROR', code: 410, message: 'too old' },
  ],
  ['an error without a code', '{"type":"ERROR","object":{}}', { type: 'ERROR', code: 0, message: '' }],
])('%s is read', (_, line, event) => {
  expect(parseWatchEvent(line)).toEqual(event);
});

test.each([
  ['what is no JSON', 'gateway timeout'],
  ['an event without an object', '{"type":"ADDED"}'],
  ['a type that nobody knows', '{"type":"MOVED","object":{}}'],
])('%s is an error that makes the watch begin again', (_, line) => {
  expect(() => parseWatchEvent(line)).toThrow(KubeError);
});
