// Connections that are cut at any byte, over each way of reading: what is told is a failure that may pass, what is read is
// whole or nothing, and once the cuts end all is as before.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateAuthority, generateLeaf } from '../../../certs/generate.ts';
import { type GitServer, startGitServer } from '../../../local/git-server/server.ts';
import type { Source } from '../../../src/sync/source.ts';
import { eventually } from '../../support/eventually.ts';
import { startFront } from '../../support/git-servers/front.ts';
import { openSource } from '../../support/git-servers/open-source.ts';
import { expectFiles, failed, headOf, looked, reading } from '../../support/git-servers/read-source.ts';
import { startSshFront } from '../../support/git-servers/ssh-front.ts';
import { passphrase, sshKey } from '../../support/planted.ts';
import { activeResources, moreThan, neededBytes } from '../../support/resources.ts';
import { testSize } from '../../support/size.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

type Way = { readonly proxy: TcpProxy; open(repository: string): Source };

const numRuns = testSize({ usual: 12, full: 200 });
const noiseBytes = 8 * 1024 * 1024;
const stack = new AsyncDisposableStack();
const ways = new Map<string, Way>();
let git: GitServer;

beforeAll(async () => {
  git = await startGitServer();
  stack.defer(() => git.stop());
  for (const speaks of ['v2', 'v2-without-filter', 'v0'] as const) {
    const front = await startFront({ target: git, speaks });
    stack.defer(() => front.stop());
    const proxy = await before(front.port);
    ways.set(`http ${speaks}`, {
      proxy,
      open: (name) => openSource(`http://127.0.0.1:${proxy.port}/${name}.git`),
    });
  }
  const authority = await generateAuthority('Git');
  const front = await startFront({ target: git, tls: await generateLeaf(authority, ['127.0.0.1']) });
  stack.defer(() => front.stop());
  const proxy = await before(front.port);
  const tls = { ca: authority.certificate, client: undefined };
  ways.set('https', {
    proxy,
    open: (name) => openSource(`https://127.0.0.1:${proxy.port}/${name}.git`, { tls }),
  });
  ways.set('ssh', await overSsh());
});
afterAll(() => stack.disposeAsync());

async function before(port: number): Promise<TcpProxy> {
  const proxy = await startTcpProxy({ host: '127.0.0.1', port });
  stack.defer(() => proxy.close());
  return proxy;
}

async function overSsh(): Promise<Way> {
  const { privateKey, publicKey } = sshKey();
  const front = await startSshFront({ root: git.root, publicKeys: [publicKey], text: 'welcome' });
  stack.defer(() => front.stop());
  const proxy = await before(Number(front.host.split(':')[1]));
  const knownHosts = front.knownHosts.replace(front.host.split(':')[1] ?? '', String(proxy.port));
  const login = { kind: 'ssh', privateKey, passphrase, knownHosts } as const;
  return { proxy, open: (name) => openSource(`ssh://git@127.0.0.1:${proxy.port}/${name}.git`, { login }) };
}

test.for(['http v2', 'http v2-without-filter', 'http v0', 'https', 'ssh'])(
  '%s',
  { timeout: 900_000 },
  async (name) => {
    const { proxy, open } = ways.get(name) ?? {};
    if (proxy === undefined || open === undefined) throw new Error(name);
    const repository = git.repository(`cuts/${name.replaceAll(' ', '-')}`);
    let commit = await repository.commit({ 'shop/a': 'x'.repeat(20_000), 'shop/sub/b': 'b', other: 'o' });
    const source = open(repository.name);
    await expectFiles(source, repository, commit);
    const [bytes, held] = [neededBytes(), activeResources()];
    let round = 0;
    await fc.assert(
      // Greeting, list of refs and pack are a few hundred bytes to some thousand, each.
      fc.asyncProperty(fc.integer({ min: 0, max: 9_000 }), async (after) => {
        round += 1;
        commit = await repository.commit({ 'shop/a': String(round).repeat(2_000) });
        proxy.cut();
        proxy.cutAfter(after);
        const head = await looked(source);
        if ('kind' in head) expectPassing(head);
        else {
          const folder = await source.read(reading(head), AbortSignal.timeout(60_000));
          if (folder.kind === 'failed') expectPassing(failed(folder));
          else expect(folder).toMatchObject({ kind: 'ok', files: { length: 2 } });
        }
        proxy.pass();
        await expectFiles(source, repository, commit);
      }),
      { numRuns, endOnFailure: true },
    );
    expect((await headOf(source)).commit).toBe(commit);
    source.close();
    await eventually(() => proxy.open() === 0, { what: 'no connection' });
    await eventually(() => moreThan(held).length === 0, { what: 'sockets and timers as before' });
    await eventually(() => neededBytes() < bytes + noiseBytes, { what: 'memory as before' });
  },
);

function expectPassing(failure: { readonly class: string; readonly message: string }): void {
  expect(failure.message).toMatch(/asked again|cannot be reached|broke off|ended|cut/);
  expect(failure.class).toBe('retry');
}
