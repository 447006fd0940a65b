// A process is told from a later one that got the same id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { isAlive, processIdentity } from '../../../local/cluster/process-identity.ts';

describe('the identity of a process', () => {
  test('is alive as long as the process', async () => {
    const child = spawn('sleep', ['1000']);
    await once(child, 'spawn');
    const identity = processIdentity(child.pid ?? 0) ?? '';
    expect(isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(identity)).toBe(false);
  });

  test('is not that of a later process with the same id', () => {
    const [pid, , namespace] = (processIdentity(process.pid) ?? '').split('-');
    expect(isAlive(`${pid}-1-${namespace}`)).toBe(false);
  });

  test('of another pid namespace is taken for alive, since it cannot be seen', () => {
    expect(isAlive('1-1-12345')).toBe(true);
  });

  test.each(['', 'nonsense', '12', '12-34', '1-2-3-4'])('text %j names no process', (text) => {
    expect(isAlive(text)).toBe(false);
  });
});
