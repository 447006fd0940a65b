// A real process in a real control group with a limit, where the machine lets us make one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { isRecord, parseJson } from '../../../src/lib/json.ts';
import { locateCgroups } from '../../../src/sync/pressure/cgroup.ts';
import { eventually } from '../../support/eventually.ts';

const limitMebibytes = 512;

test('memory near the limit of the own control group is seen', { timeout: 120_000 }, async ({ skip }) => {
  const group = await makeGroup();
  if (typeof group === 'string') return skip(`no control group can be made here: ${group}`);
  const child = spawn(
    'sh',
    ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group.path, process.execPath, childFile],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  const said = listen(child);
  try {
    await eventually(() => said.includes('ready'), { what: 'the child' });
    child.stdin?.write(`${Math.round(limitMebibytes * 0.86)}\n`);
    const strain = await eventually(() => said.find((line) => line.startsWith('memory')), {
      seconds: 60,
      what: 'strain',
    });
    expect(strain).toMatch(new RegExp(`of ${limitMebibytes} MiB of its memory limit`));
  } finally {
    child.stdin?.end();
    await exited;
    await eventually(() => rmdir(group.path).then(() => true));
  }
});

const childFile = fileURLToPath(new URL('./child.ts', import.meta.url));

/** Version 1 below the own group; version 2 does not let a group with processes hand memory down. Why not, in words. */
async function makeGroup(): Promise<{ readonly path: string } | string> {
  const [selfCgroup, mountInfo] = await Promise.all(
    ['/proc/self/cgroup', '/proc/self/mountinfo'].map((path) => readFile(path, 'utf8').catch(() => '')),
  );
  const [own] = locateCgroups(selfCgroup ?? '', mountInfo ?? '').memoryV1;
  if (own === undefined) return 'this machine has no memory controller of version 1';
  const path = join(own, `confroll-test-${process.pid}`);
  try {
    await mkdir(path);
  } catch (error) {
    return isRecord(error) ? `${error.code}` : 'unknown error';
  }
  await writeFile(join(path, 'memory.limit_in_bytes'), `${limitMebibytes * 2 ** 20}`);
  return { path };
}

/** `kind message` of each line. */
function listen(child: ChildProcess): string[] {
  const said: string[] = [];
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const parsed = parseJson(line);
      if (isRecord(parsed)) said.push(`${parsed.kind} ${parsed.message ?? ''}`.trim());
    }
  });
  return said;
}
