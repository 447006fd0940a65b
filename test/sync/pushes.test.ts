// Many pushes in a row to one process, on a real API server: the last commit always arrives, those in between are taken
// together, and nothing is kept of them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { broken } from '../support/git-servers/broken.ts';
import { type Front, startFront } from '../support/git-servers/front.ts';
import { lookSoon } from '../support/look-soon.ts';
import { activeResources, moreThan, neededBytes } from '../support/resources.ts';
import { testSize } from '../support/size.ts';
import { useSync } from './harness.ts';

const world = useSync();
const { bursts, pushesEach } = testSize({
  usual: { bursts: 5, pushesEach: 10 },
  full: { bursts: 20, pushesEach: 50 },
});
// Above the noise of one process with a test runner in it; a thousandth of a pack kept for each push would be seen.
const noiseBytes = 8 * 1024 * 1024;

let front: Front;
beforeAll(async () => {
  front = await startFront({ target: world().git });
});
afterAll(() => front.stop());

test(`${bursts * pushesEach} pushes: the last one arrives, in fewer reads, and nothing is kept`, async () => {
  const { git, namespace, apply, published } = world();
  const repository = git.repository('pushes');
  const first = await repository.commit({ 'shop/a': '0', other: 'x' });
  const ns = await namespace();
  await apply(ns, { url: repository.url.replace(git.url, front.url), path: 'shop' });
  await published(ns, first);
  // A read takes longer than a push, so that pushes come while one is under way.
  front.misbehave({ ...broken.slowFirstByte(50), questions: ['pack'] });

  const burst = async (round: number): Promise<void> => {
    let last = '';
    for (let push = 0; push < pushesEach; push += 1) {
      last = await repository.commit({ 'shop/a': `${round}-${push}` });
      if (push % 3 === 0) await lookSoon(world().kube, ns);
    }
    await lookSoon(world().kube, ns);
    const { status } = await published(ns, last);
    expect(status?.revision).toBe(`main@sha1:${last}`);
  };
  // What is loaded and cached once is there after the first ones.
  await burst(-2);
  await burst(-1);
  const [bytes, held] = [neededBytes(), activeResources()];
  const before = await reads();
  for (let round = 0; round < bursts; round += 1) await burst(round);

  const made = (await reads()) - before;
  expect(made).toBeGreaterThanOrEqual(bursts);
  // Each burst ends with a read of its own; of the others, at least every second one served two pushes.
  expect(made).toBeLessThan((bursts * pushesEach) / 2 + bursts);
  await eventually(() => neededBytes() < bytes + noiseBytes, { what: 'memory as before' });
  expect(front.connections()).toBeLessThanOrEqual(2);
  await eventually(() => moreThan(held).every(([, more]) => more <= 2), {
    what: 'sockets and timers as before',
  });
}, 600_000);

/** Of the folder, so far. */
async function reads(): Promise<number> {
  const counted = await world().registry.getSingleMetric('confroll_git_fetches_total')?.get();
  return (counted?.values ?? []).reduce((sum, { value }) => sum + value, 0);
}
