import { expect, it } from 'vitest';
import { needProgram } from '../../../local/image/need-program.ts';

const signal = AbortSignal.timeout(600_000);

it('leaves a machine that has the program as it is', async () => {
  const said: string[] = [];
  await needProgram('sh', 'dash', { signal, say: (line) => said.push(line) });
  expect(said).toEqual([]);
});

it('tells a user without rights the command to run', async () => {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await expect(needProgram('no-such-program', 'its-package', { signal, say: () => {} })).rejects.toThrow(
      'no-such-program is missing. Run: sudo apt-get install its-package',
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});
