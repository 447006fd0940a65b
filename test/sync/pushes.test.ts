// Many pushes in a row to one process, on a real API server, over each way of reading: the last commit always arrives,
// those in between are taken together, and nothing is kept of them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Repository } from '../../local/git-server/repository.ts';
import { eventually } from '../support/eventually.ts';
import { give, startFront } from '../support/git-servers/front.ts';
import { startSshFront } from '../support/git-servers/ssh-front.ts';
import { lookSoon } from '../support/look-soon.ts';
import { passphrase, sshKey } from '../support/planted.ts';
import { activeResources, moreThan, neededBytes } from '../support/resources.ts';
import { putSecret } from '../support/secret.ts';
import { testSize } from '../support/size.ts';
import { useSync } from './harness.ts';

const world = useSync();
const { bursts, pushesEach } = testSize({
  usual: { bursts: 3, pushesEach: 10 },
  full: { bursts: 20, pushesEach: 50 },
});
// The one that is under way, the one of the last push, and one of what was seen meanwhile.
const readsEach = 3;
// Above the noise of one process with a test runner in it; a thousandth of a pack kept for each push would be seen.
const noiseBytes = 8 * 1024 * 1024;

/** A server that lets no pack go while it is told so. */
type Server = {
  readonly name: string;
  readonly url: string;
  readonly host: string;
  /** Of a Secret; undefined: anybody may read. */
  readonly secret: Readonly<Record<string, string>> | undefined;
  holdPacks(until: Promise<void>): void;
  connections(): number;
  stop(): Promise<void>;
};

const servers: Server[] = [];
beforeAll(async () => {
  servers.push(await overHttp('v2'), await overHttp('v2-without-filter'), await overSsh());
});
afterAll(async () => {
  for (const server of servers) await server.stop();
});

test(`${bursts} times ${pushesEach} pushes: the last one arrives, in few reads, and nothing is kept`, async () => {
  const followed = await Promise.all(servers.map(follow));
  const burst = (round: number): Promise<unknown> =>
    Promise.all(followed.map((each) => pushAtOnce(each, round)));
  // What is loaded and cached once is there after the first ones.
  await burst(-2);
  await burst(-1);
  const [bytes, held] = [neededBytes(), activeResources()];
  for (let round = 0; round < bursts; round += 1) await burst(round);

  await eventually(() => neededBytes() < bytes + noiseBytes, { what: 'memory as before' });
  for (const { name, connections } of servers) expect(connections(), name).toBeLessThanOrEqual(2);
  await eventually(() => moreThan(held).every(([, more]) => more <= 2), {
    what: 'sockets and timers as before',
  });
}, 600_000);

type Followed = { readonly server: Server; readonly namespace: string; readonly repository: Repository };

async function follow(server: Server): Promise<Followed> {
  const { git, namespace, apply, published, kubectl } = world();
  const repository = git.repository(`pushes/${server.name}`);
  const first = await repository.commit({ 'shop/a': '0', other: 'x' });
  const ns = await namespace({ readSecrets: true });
  const { secret, host } = server;
  if (secret !== undefined) await putSecret(kubectl, ns, secret, { host });
  const url = `${server.url}/${repository.name}.git`;
  await apply(ns, { url, path: 'shop', ...(secret === undefined ? {} : { secret: 'git-read' }) });
  await published(ns, first);
  return { server, namespace: ns, repository };
}

/** One push whose read is held until all the others are pushed, each with a look that is asked for. */
async function pushAtOnce({ server, namespace, repository }: Followed, round: number): Promise<void> {
  const { kube, published } = world();
  const gate = Promise.withResolvers<void>();
  server.holdPacks(gate.promise);
  const commits: string[] = [];
  try {
    for (let push = 0; push < pushesEach; push += 1) {
      commits.push(await repository.commit({ 'shop/a': `${round}-${push}` }));
      await lookSoon(kube, namespace);
    }
  } finally {
    gate.resolve();
  }
  const { status } = await published(namespace, commits.at(-1) ?? '');
  const read = status?.revisions?.filter(({ revision }) => commits.includes(revision.slice(-40))) ?? [];
  expect(read.length, server.name).toBeGreaterThanOrEqual(1);
  expect(read.length, server.name).toBeLessThanOrEqual(readsEach);
}

async function overHttp(speaks: 'v2' | 'v2-without-filter'): Promise<Server> {
  const front = await startFront({ target: world().git, speaks });
  const { url, host, connections, stop } = front;
  const holdPacks = (until: Promise<void>): void =>
    front.misbehave({
      questions: ['pack'],
      async onExchange({ response, answer }) {
        const whole = await answer();
        await until;
        give(response, whole);
      },
    });
  return { name: `http-${speaks}`, url, host, secret: undefined, holdPacks, connections, stop };
}

async function overSsh(): Promise<Server> {
  const { privateKey, publicKey } = sshKey();
  const front = await startSshFront({ root: world().git.root, publicKeys: [publicKey], text: 'welcome' });
  const { url, host, holdPacks, connections, stop } = front;
  const secret = { identity: privateKey, password: passphrase, known_hosts: front.knownHosts };
  return { name: 'ssh', url, host, secret, holdPacks, connections, stop };
}
