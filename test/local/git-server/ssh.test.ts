import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { missingSshServer, startSshGitServer } from '../../../local/git-server/ssh.ts';
import { makeSshKey } from '../../../local/git-server/ssh-keys.ts';
import { eventually } from '../../support/eventually.ts';

test('git itself clones over SSH, and nothing runs any more afterwards', async ({ skip }) => {
  const missing = await missingSshServer(AbortSignal.timeout(50_000));
  if (missing !== undefined) skip(missing);
  const folder = mkdtempSync(join(tmpdir(), 'confroll-clone-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const key = makeSshKey();
  writeFileSync(join(folder, 'key'), key.privateKey, { mode: 0o600 });
  const server = await startSshGitServer({ authorizedKeys: [key.publicKey] });
  try {
    writeFileSync(join(folder, 'known_hosts'), server.knownHosts());
    const repository = server.repository('team/config');
    await repository.commit({ 'app/a.txt': 'hello\n' });
    const ssh = `ssh -F none -i ${folder}/key -o UserKnownHostsFile=${folder}/known_hosts -o StrictHostKeyChecking=yes -o BatchMode=yes`;
    const cloned = spawnSync('git', ['clone', '--quiet', repository.url, join(folder, 'clone')], {
      env: { ...process.env, GIT_SSH_COMMAND: ssh },
      encoding: 'utf8',
    });
    expect(cloned.stderr).toBe('');
    expect(readFileSync(join(folder, 'clone/app/a.txt'), 'utf8')).toBe('hello\n');
    await eventually(() => server.logins() === 1, { what: 'the word of the login' });
    expect(processesIn(dirname(server.root))).toBeGreaterThan(0);
  } finally {
    await server.stop();
  }
  expect(processesIn(dirname(server.root))).toBe(0);
});

// By the configuration that they name.
function processesIn(folder: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandLine(pid).includes(folder)).length;
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
