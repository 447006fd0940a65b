// Ranges of versions over more tags than anybody has: whatever else runs in this process goes on meanwhile.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GitServer, startGitServer } from '../../../../local/git-server/server.ts';
import { type Reference, referenceKey } from '../../../../src/api/reference.ts';
import { openSource } from '../../../support/git-servers/open-source.ts';
import { never } from '../../../support/git-servers/read-source.ts';

let git: GitServer;
beforeAll(async () => {
  git = await startGitServer();
});
afterAll(() => git.stop());

test('200 ranges over 50 000 tags let timers fire', async () => {
  const repository = git.repository('many-tags');
  const commit = await repository.commit({ a: '1' });
  const tags = Array.from({ length: 50_000 }, (_, index) => `${commit} refs/tags/v1.${index}.0\n`);
  await writeFile(join(repository.directory, 'packed-refs'), tags.toSorted().join(''));
  const references = Array.from({ length: 200 }, (_, index) => referenceAt(index));
  const source = openSource(repository.url);
  const fired: number[] = [performance.now()];
  const timer = setInterval(() => fired.push(performance.now()), 50);
  const began = performance.now();
  const resolved = await source.resolve(references, never);
  const took = performance.now() - began;
  clearInterval(timer);
  source.close();
  fired.push(performance.now());
  const longest = Math.max(...fired.slice(1).map((at, index) => at - (fired[index] ?? 0)));
  expect(
    resolved.kind === 'ok' ? resolved.heads.get(referenceKey(referenceAt(199))) : resolved,
  ).toMatchObject({
    reason: 'RefNotFound',
    message: expect.stringContaining('its highest versions are "v1.49999.0"'),
  });
  // The ranges take most of the time: in one go they would be one long wait.
  expect(longest).toBeLessThan(took / 2);
});

// None is of a version that is there, so that each goes through them all.
function referenceAt(index: number): Reference {
  return { kind: 'semver', range: `>=2.${index}.0` };
}
