// A process of its own for a control group of its own: says what it is short of, keeps as much memory as it is told, and
// lets go of it.
import { createInterface } from 'node:readline';
import { Registry } from 'prom-client';
import { systemClock } from '../../../src/lib/clock.ts';
import { createPressure } from '../../../src/sync/pressure/pressure.ts';

const silent = (): void => {};
const pressure = createPressure({
  clock: systemClock,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  registry: new Registry(),
  // The machine that tests share is busy with others.
  eventLoop: () => 0,
});
pressure.onChange((strain) => console.log(JSON.stringify(strain)));
const stop = new AbortController();
const running = pressure.run(stop.signal);
console.log(JSON.stringify({ kind: 'ready' }));

let kept: Buffer[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const mebibytes = Number(line);
  // Filled, so that the kernel has to give the pages.
  kept = Array.from({ length: mebibytes }, () => Buffer.alloc(2 ** 20, 1));
  console.log(JSON.stringify({ kind: 'kept', mebibytes: kept.length }));
}
stop.abort();
await running;
