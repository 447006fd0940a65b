import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GitServer, type GitServerOptions, startGitServer } from '../../../local/git-server/server.ts';

const run = promisify(execFile);
const scratch = mkdtempSync(join(tmpdir(), 'confroll-test-'));
const environment = {
  PATH: process.env.PATH ?? '',
  HOME: scratch,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b.invalid',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b.invalid',
};
const git = async (...args: string[]): Promise<string> =>
  (await run('git', args, { cwd: scratch, env: environment })).stdout.trim();
const withCredentials = (url: string, userinfo: string): string => url.replace('://', `://${userinfo}@`);

// A client that stops in the middle of its request.
const unfinishedRequest =
  'POST /config.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n' +
  'Content-Type: application/x-git-upload-pack-request\r\n\r\n0011command=ls-';

let servers: Pick<GitServer, 'stop'>[] = [];
let folder = '';
const start = async (options: GitServerOptions = {}): Promise<GitServer> => {
  const server = await startGitServer(options);
  servers.push(server);
  return server;
};
beforeEach(() => {
  folder = mkdtempSync(join(scratch, 'clone-'));
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('git server', () => {
  it('serves what was committed, and counts requests', async () => {
    const server = await start();
    const commit = await server.repository('team/config').commit({
      'a.txt': 'one\n',
      'bin/run': { content: '#!/bin/sh\n', executable: true },
    });
    expect(server.requests()).toBe(0);
    await git('clone', '-q', server.repository('team/config').url, folder);
    expect(await git('-C', folder, 'rev-parse', 'HEAD')).toBe(commit);
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('one\n');
    expect(server.requests()).toBeGreaterThanOrEqual(2);
  });

  it('takes a push, larger than one buffer', async () => {
    const server = await start();
    const repository = server.repository('config');
    await repository.commit({ 'a.txt': 'one\n' });
    await git('clone', '-q', repository.url, folder);
    writeFileSync(join(folder, 'b.bin'), randomBytes(3_000_000));
    await git('-C', folder, 'add', '.');
    await git('-C', folder, 'commit', '-q', '-m', 'more');
    await git('-C', folder, 'push', '-q');
    expect(await repository.head()).toBe(await git('-C', folder, 'rev-parse', 'HEAD'));
    const archived = await repository.archive('main', '');
    expect(archived.get('b.bin')?.content.equals(readFileSync(join(folder, 'b.bin')))).toBe(true);
  });

  it('answers 404 for a repository that is not there', async () => {
    const server = await start();
    const answer = await fetch(`${server.url}/absent.git/info/refs?service=git-upload-pack`);
    expect(answer.status).toBe(404);
  });

  it('survives requests that no client should send', async () => {
    const server = await start();
    for (const path of ['/%', '/..%2f..%2fetc/passwd', '/x.git/HEAD?%']) {
      const socket = connect(server.port, '127.0.0.1');
      socket.end(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      let answer = '';
      socket
        .on('error', () => {})
        .on('data', (chunk) => {
          answer += String(chunk);
        });
      await new Promise((resolve) => socket.once('close', resolve));
      expect(answer).not.toContain('root:');
    }
    await server.repository('c').commit({ a: 'b' });
    await git('ls-remote', server.repository('c').url);
  });

  it('offers partial and shallow fetches, and any reachable commit', async () => {
    const server = await start();
    const repository = server.repository('config');
    const first = await repository.commit({ 'a.txt': 'one\n' });
    await repository.commit({ 'a.txt': 'two\n' });
    await git('clone', '-q', '--depth=1', '--filter=blob:none', '--no-checkout', repository.url, folder);
    await git('-C', folder, 'fetch', '-q', '--depth=1', 'origin', first);
    expect(await git('-C', folder, 'rev-parse', 'FETCH_HEAD')).toBe(first);
  });

  it('takes a compressed request', async () => {
    const server = await start();
    const commit = await server.repository('config').commit({ a: 'b' });
    const answer = await fetch(`${server.repository('config').url}/git-upload-pack`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-git-upload-pack-request',
        'content-encoding': 'gzip',
        'git-protocol': 'version=2',
      },
      body: gzipSync('0014command=ls-refs\n0000'),
    });
    expect(await answer.text()).toContain(`${commit} refs/heads/main`);
  });

  it('serves many at once', async () => {
    const server = await start();
    const repository = server.repository('config');
    await repository.commit({ a: randomBytes(200_000) });
    const clones = Array.from({ length: 12 }, (_, n) => join(folder, String(n)));
    await Promise.all(clones.map((clone) => git('clone', '-q', repository.url, clone)));
    for (const clone of clones) expect(readdirSync(clone)).toContain('a');
  });

  it('asks for username and password', async () => {
    const server = await start({ credentials: { username: 'reader', password: 's3:cret' } });
    const { url } = server.repository('config');
    await server.repository('config').commit({ a: 'b' });
    const refused = await fetch(`${url}/info/refs?service=git-upload-pack`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    await expect(git('ls-remote', withCredentials(url, 'reader:other'))).rejects.toThrow('uthentication');
    await git('ls-remote', withCredentials(url, 'reader:s3%3Acret'));
  });

  it('takes a token as bearer or as the password of any user, and forgets it when changed', async () => {
    const server = await start({ credentials: { token: 'abc' } });
    const { url } = server.repository('config');
    const refs = `${url}/info/refs?service=git-upload-pack`;
    expect((await fetch(refs, { headers: { authorization: 'Bearer abc' } })).status).toBe(200);
    await git('ls-remote', withCredentials(url, 'x:abc'));
    server.setCredentials({ token: 'def' });
    expect((await fetch(refs, { headers: { authorization: 'Bearer abc' } })).status).toBe(401);
    server.setCredentials(undefined);
    expect((await fetch(refs)).status).toBe(200);
  });

  it('serves TLS with an authority of its own', async () => {
    const server = await start({ tls: { hosts: ['127.0.0.1'] } });
    await server.repository('config').commit({ a: 'b' });
    const { url } = server.repository('config');
    expect(url).toMatch(/^https:/);
    const ca = join(scratch, 'ca.crt');
    writeFileSync(ca, server.caCertificate ?? '');
    await git('-c', `http.sslCAInfo=${ca}`, 'clone', '-q', url, folder);
    await expect(git('ls-remote', url)).rejects.toThrow('certificate');
  });
});

describe('git server, the end', () => {
  it('ends the git process of a client that leaves, and all of them at stop', async () => {
    const root = mkdtempSync(join(scratch, 'root-'));
    const server = await start({ root });
    server.repository('config');
    const hanging = [connect(server.port, '127.0.0.1'), connect(server.port, '127.0.0.1')];
    for (const socket of hanging) socket.on('error', () => {}).write(unfinishedRequest);
    await expect.poll(() => gitProcesses(root), { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    const before = gitProcesses(root);
    hanging[0]?.destroy();
    await expect.poll(() => gitProcesses(root), { timeout: 20_000 }).toBeLessThan(before);
    await server.stop();
    expect(gitProcesses(root)).toBe(0);
    expect(existsSync(root)).toBe(true);
  });

  it('leaves no git process when the server is killed', async () => {
    const root = mkdtempSync(join(scratch, 'root-'));
    const main = join(import.meta.dirname, '../../../local/git-server/main.ts');
    const child = spawn(process.execPath, [main, '--root', root], { stdio: ['pipe', 'pipe', 'inherit'] });
    servers.push({ stop: async () => void child.kill('SIGKILL') });
    const url = await readyUrl(child.stdout);
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    socket.write(unfinishedRequest);
    await expect.poll(() => gitProcesses(root), { timeout: 20_000 }).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await expect.poll(() => gitProcesses(root), { timeout: 20_000 }).toBe(0);
  });

  it('leaves no folder when its process is killed, or cannot listen', async () => {
    const server = join(import.meta.dirname, '../../../local/git-server/server.ts');
    const code = `import { startGitServer } from '${server}'; const s = await startGitServer();
      s.repository('config'); console.log('ready ' + s.root); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    servers.push({ stop: async () => void child.kill('SIGKILL') });
    const root = await readyUrl(child.stdout);
    expect(existsSync(root)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => existsSync(root), { timeout: 20_000 }).toBe(false);
    const { port } = await start();
    await expect(startGitServer({ port })).rejects.toThrow('EADDRINUSE');
  });

  it('removes its own folder, ends with SIGTERM and with its standard input', async () => {
    const server = await start();
    server.repository('config');
    await server.stop();
    expect(existsSync(server.root)).toBe(false);
    const main = join(import.meta.dirname, '../../../local/git-server/main.ts');
    for (const end of ['signal', 'stdin']) {
      const args = [main, '--root', join(folder, end), ...(end === 'stdin' ? ['--stop-with-stdin'] : [])];
      const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      const exited = new Promise((resolve) => child.once('exit', resolve));
      await git('clone', '-q', await readyUrl(child.stdout), join(folder, `${end}-clone`));
      expect(readdirSync(join(folder, `${end}-clone`))).toContain('README.md');
      if (end === 'signal') child.kill('SIGTERM');
      else child.stdin.end();
      expect(await exited).toBe(0);
    }
  });
});

function gitProcesses(root: string): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`GIT_PROJECT_ROOT=${root}`)
      );
    } catch {
      return false;
    }
  }).length;
}

function readyUrl(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    output.on('data', (chunk) => {
      text += String(chunk);
      const url = /^ready (.*)$/m.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
    output.once('end', () => reject(new Error(`the server ended early: ${text}`)));
  });
}
