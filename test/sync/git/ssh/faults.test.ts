// Servers that go wrong, one after the other: each has its class, its words, and leaves no connection.
import { createServer, type Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { missingSshServer } from '../../../../local/git-server/ssh.ts';
import { makeSshKey, type SshKey } from '../../../../local/git-server/ssh-keys.ts';
import type { GitLimits } from '../../../../src/sync/git/limits.ts';
import { pktLine } from '../../../../src/sync/git/pkt-line.ts';
import { AnswerTooLong } from '../../../../src/sync/git/transport.ts';
import { eventually } from '../../../support/eventually.ts';
import { failureOf, lsRefs, patience, refsOf, transportTo } from './reading.ts';
import { type Script, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const passphrase = 'planted passphrase of the key';
const spoken = 'planted words of the server';
const greeting = `${pktLine('version 2\n')}${pktLine('ls-refs\n')}${pktLine('fetch=shallow filter\n')}0000`;
const short: Partial<GitLimits> = { connectMilliseconds: 1500, headMilliseconds: 500, idleMilliseconds: 500 };

let missing: string | undefined;
let key: SshKey;
let rsa: SshKey;

beforeAll(async () => {
  missing = await missingSshServer(AbortSignal.timeout(280_000));
  if (missing !== undefined) return;
  // One round, because each transport opens it anew.
  key = makeSshKey({ passphrase, rounds: 1 });
  rsa = makeSshKey({ type: 'rsa', bits: 2048 });
});

beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing);
});

type Row = readonly [
  name: string,
  script: Script,
  reason: string,
  words: RegExp,
  limits?: Partial<GitLimits>,
];

const greeted =
  (then: (channel: ServerChannel, drop: () => void) => void): NonNullable<Script['run']> =>
  (channel, _command, drop) => {
    channel.write(greeting);
    channel.once('data', () => then(channel, drop));
  };
const ends =
  (code: number, words: string): NonNullable<Script['run']> =>
  (channel) => {
    channel.stderr.write(`${words} ${spoken}\n`);
    channel.exit(code);
    channel.end();
  };

describe('a server that', () => {
  const rows: readonly Row[] = [
    [
      'says nothing to a login',
      { login: 'silent' },
      'retry Timeout',
      /did not let the key log in within 1.5 s/,
    ],
    [
      'hangs up on a login',
      { login: 'hangs up' },
      'retry Unreachable',
      /ended the connection while the key was logging in/,
    ],
    ['refuses a login', { login: 'refuses' }, 'person AuthenticationFailed', /refused the key of user "git"/],
    ['opens no channel', { session: 'refuses' }, 'retry ServerError', /runs no command/],
    ['says nothing to a channel', { session: 'silent' }, 'retry Timeout', /within 1.5 s/],
    ['refuses the command', { session: 'refuses the command' }, 'retry ServerError', /runs no command/],
    [
      'runs the command and says nothing',
      { run() {} },
      'retry Timeout',
      /did not begin an answer within 0.5 s/,
    ],
    [
      'closes the channel at once',
      { run: (channel) => channel.close() },
      'retry ServerError',
      /ended the command/,
    ],
    [
      'drops the connection at once',
      { run: (_channel, _command, drop) => drop() },
      'retry Unreachable',
      /before the answer began/,
    ],
    [
      'writes text',
      { run: (channel) => channel.write(`Welcome! ${spoken}`) },
      'retry ServerError',
      /is not Git's protocol/,
    ],
    [
      'greets and goes on unasked',
      { run: (channel) => channel.write(`${greeting}0000`) },
      'retry ServerError',
      /is not Git's protocol/,
    ],
    [
      'greets by half',
      { run: (channel) => channel.write(greeting.slice(0, 20)) },
      'retry Timeout',
      /did not go on with its answer/,
    ],
    [
      'greets with what is no list',
      { run: (channel) => channel.write(`${pktLine('hello\n')}0000`) },
      'retry ServerError',
      /is not Git's protocol/,
    ],
    [
      'answers with an error',
      { run: (channel) => channel.write(`${pktLine(`ERR ${spoken}`)}0000`) },
      'retry ServerError',
      /ended the command/,
    ],
    ['says nothing to a request', { run: greeted(() => {}) }, 'retry Timeout', /did not begin an answer/],
    [
      'closes the channel on a request',
      { run: greeted((channel) => channel.close()) },
      'retry ServerError',
      /before its answer was whole \(no exit code\)/,
    ],
    [
      'ends in the answer',
      {
        run: greeted((channel) => {
          channel.write('0010');
          channel.exit(128);
          channel.end();
        }),
      },
      'retry ServerError',
      /\(exit code 128\)/,
    ],
    [
      'drops the connection in the answer',
      {
        run: greeted((channel, drop) => {
          channel.write('0010half');
          setTimeout(drop, 50);
        }),
      },
      'retry Unreachable',
      /before the answer was whole/,
    ],
    [
      'stops in the answer',
      { run: greeted((channel) => channel.write('0010half')) },
      'retry Timeout',
      /did not go on with its answer within 0.5 s/,
    ],
    [
      'sends a byte now and then',
      { run: greeted(drip) },
      'retry Timeout',
      /fewer than 1000 bytes a second for 0.5 s/,
      { lowSpeedMilliseconds: 500 },
    ],
    [
      'never ends',
      { run: greeted(drip) },
      'retry Timeout',
      /did not answer in full within 2 s/,
      { overallMilliseconds: 2000 },
    ],
    [
      'sends more than is held',
      { run: greeted(flood) },
      'person TooLarge',
      /answered with more than/,
      { answerBytes: 100_000 },
    ],
    [
      'has only what is not safe',
      { algorithms: { serverHostKey: ['ssh-rsa'] } },
      'person NotTrusted',
      /only algorithms that are no longer safe/,
    ],
  ];
  test.for(rows)('%s', async ([, script, reason, words, limits]) => {
    await using server = await startScriptedServer(script);
    using transport = transportTo(at(server, limits));
    const failure = await failureOf(refsOf(transport));
    expect(`${failure.class} ${failure.reason}`, failure.message).toBe(reason);
    expect(failure.message).toMatch(words);
    expect(failure.message).toContain(server.url);
    expectNoSecret(failure.message);
    if (script.algorithms === undefined) {
      server.play({ run: greeted((channel) => channel.write('0000')) });
      expect(await refsOf(transport)).toBe('0000');
    }
    transport.close();
    await eventually(() => server.connections() === 0, { what: 'the end of the connections' });
  });
});

describe('an end of the command with', () => {
  test.for([
    [1, 'ERROR: Repository not found.', 'InvalidSource'],
    [
      1,
      "remote: ERROR: The project you were looking for could not be found or you don't have permission to view it.",
      'InvalidSource',
    ],
    [1, 'conq: repository does not exist.', 'InvalidSource'],
    [
      1,
      'remote: TF401019: The Git repository with name or identifier x does not exist or you do not have permissions',
      'InvalidSource',
    ],
    [128, "fatal: '/x.git' does not appear to be a git repository", 'InvalidSource'],
    [1, 'FATAL: R any team/config git DENIED by fallthru', 'InvalidSource'],
    [1, 'Permission denied', 'InvalidSource'],
    [127, 'sh: git-upload-pack: not found', 'InvalidSource'],
    [128, 'fatal: out of memory', 'ServerError'],
  ] as const)('exit code %i and "%s"', async ([code, words, reason]) => {
    await using server = await startScriptedServer({ run: ends(code, words) });
    using transport = transportTo(at(server));
    const failure = await failureOf(refsOf(transport));
    expect(failure.reason, failure.message).toBe(reason);
    expect(failure.class).toBe(reason === 'InvalidSource' ? 'person' : 'retry');
    expect(failure.message).toContain(`exit code ${code}`);
    expectNoSecret(failure.message);
  });
});

describe('no SSH server, but one that', () => {
  test.for([
    ['says nothing', () => {}, 'Timeout', /did not agree on keys within 1.5 s/],
    ['hangs up', (socket: Socket) => socket.destroy(), 'Unreachable', /ended the connection before keys/],
    [
      'speaks HTTP',
      (socket: Socket) => socket.end(`HTTP/1.1 400 Bad Request\r\n\r\n${spoken}`),
      'Unreachable',
      /does not speak SSH/,
    ],
    [
      'speaks for ever',
      (socket: Socket) => {
        const timer = setInterval(() => socket.write('x'.repeat(1000)), 20);
        socket.on('close', () => clearInterval(timer));
      },
      'Unreachable|Timeout',
      /./,
    ],
  ] as const)('%s', async ([, serve, reason, words]) => {
    const open = new Set<Socket>();
    const listener = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => open.delete(socket));
      socket.resume();
      serve(socket);
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const address = listener.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      using transport = transportTo(at({ url: `ssh://git@127.0.0.1:${port}/x.git`, knownHosts: '' }));
      const failure = await failureOf(refsOf(transport));
      expect(failure.reason).toMatch(new RegExp(`^(?:${reason})$`));
      expect(failure.message).toMatch(words);
      expectNoSecret(failure.message);
      await eventually(() => open.size === 0, { what: 'the end of the connection' });
    } finally {
      for (const socket of open) socket.destroy();
      listener.close();
    }
  });

  test('is not there at all', async () => {
    using transport = transportTo(at({ url: 'ssh://git@127.0.0.1:9/x.git', knownHosts: '' }));
    const failure = await failureOf(refsOf(transport));
    expect(failure).toMatchObject({ class: 'retry', reason: 'Unreachable', of: 'host' });
    expect(failure.message).toContain('connection refused');
  });
});

test('an RSA key signs with SHA-2 and nothing else, also where the server does not say what it takes', async () => {
  await using server = await startScriptedServer({ run: greeted((channel) => channel.write('0000')) });
  using transport = transportTo({ ...at(server), privateKey: rsa.privateKey });
  expect(await refsOf(transport)).toBe('0000');
  expect(server.signatures()).toEqual(['sha512']);
  server.play({ login: 'refuses' });
  using refused = transportTo({ ...at(server), privateKey: rsa.privateKey });
  expect(await failureOf(refsOf(refused))).toMatchObject({ reason: 'AuthenticationFailed' });
  expect([...new Set(server.signatures())]).toEqual(['sha512', 'sha256']);
});

test('where a connection runs no second command, another connection is tried, once', async () => {
  await using server = await startScriptedServer({ run: greeted((channel) => channel.write('0000')) });
  using transport = transportTo(at(server));
  const first = await transport.open('v2', patience());
  server.play({ session: 'refuses' });
  expect(await failureOf(refsOf(transport))).toMatchObject({ class: 'retry', reason: 'ServerError' });
  expect(server.accepted()).toBe(2);
  server.play({ run: greeted((channel) => channel.write('0000')) });
  expect((await first.send({ body: lsRefs }, patience())).toString()).toBe('0000');
  first.end();
});

test('closing the transport ends who waits for its connection, in words', async () => {
  await using server = await startScriptedServer({ login: 'silent' });
  using transport = transportTo(at(server, { connectMilliseconds: 60_000 }));
  const opening = failureOf(transport.open('v2', patience()));
  await eventually(() => server.connections() === 1);
  transport.close();
  expect(await opening).toMatchObject({ class: 'retry', reason: 'Unreachable' });
  await eventually(() => server.connections() === 0);
});

test('an answer beyond the limit of its caller is cut off', async () => {
  await using server = await startScriptedServer({ run: greeted(flood) });
  using transport = transportTo(at(server));
  const conversation = await transport.open('v2', patience());
  const sent = conversation.send({ body: lsRefs, byteLimit: 100_000 }, patience());
  await expect(sent).rejects.toBeInstanceOf(AnswerTooLong);
});

test('waiting for a turn is on nobody’s deadline, and nothing is taken meanwhile', async () => {
  let received = 0;
  await using server = await startScriptedServer({
    run: greeted((channel) => channel.end(`${'ffff'.padEnd(0xffff, 'x').repeat(100)}0000`)),
  });
  const limits = { headMilliseconds: 800, idleMilliseconds: 800, overallMilliseconds: 1200 };
  using transport = transportTo({ ...at(server, limits), onBytes: (bytes) => (received += bytes) });
  const conversation = await transport.open('v2', patience());
  let whileWaiting = 0;
  const answer = await conversation.send(
    {
      body: lsRefs,
      admit: async () => {
        await new Promise((resolve) => setTimeout(resolve, 2000));
        whileWaiting = received;
      },
    },
    patience(),
  );
  expect(answer.length).toBe(100 * 0xffff + 4);
  expect(whileWaiting).toBeLessThan(3 * 1024 * 1024);
  conversation.end();
});

test('who goes away is not waited for: the signal’s reason comes at once, and the connection ends with the transport', async () => {
  await using server = await startScriptedServer({ run: greeted(() => {}) });
  using transport = transportTo(at(server, { headMilliseconds: 60_000 }));
  const conversation = await transport.open('v2', patience());
  const going = new AbortController();
  const sent = conversation.send({ body: lsRefs }, going.signal);
  going.abort(new Error('gone'));
  await expect(sent).rejects.toThrow('gone');
  transport.close();
  await eventually(() => server.connections() === 0);
});

test('who asks may wait longer for the beginning of one answer', async () => {
  await using server = await startScriptedServer({
    run: greeted((channel) => setTimeout(() => channel.write('0000'), 1_500)),
  });
  using transport = transportTo(at(server, { headMilliseconds: 700 }));
  const ask = async (headMilliseconds?: number): Promise<Buffer> => {
    const conversation = await transport.open('v2', patience());
    return await conversation
      .send({ body: lsRefs, headMilliseconds }, patience())
      .finally(() => conversation.end());
  };
  expect((await failureOf(ask())).message).toMatch(/did not begin an answer within 0.7 s/);
  expect((await failureOf(ask(900))).message).toMatch(/did not begin an answer within 0.9 s/);
  expect((await ask(20_000)).toString()).toBe('0000');
});

test('two hundred conversations leave nothing', async () => {
  await using server = await startScriptedServer({ run: greeted((channel) => channel.write('0000')) });
  using transport = transportTo(
    at(server, { ...short, headMilliseconds: 30_000, idleMilliseconds: 30_000, connectMilliseconds: 30_000 }),
  );
  await refsOf(transport);
  const before = process.getActiveResourcesInfo().length;
  for (let each = 0; each < 200; each += 1) await refsOf(transport);
  await eventually(() => process.getActiveResourcesInfo().length <= before);
  expect(server.accepted()).toBe(1);
});

function at(server: Pick<ScriptedServer, 'url' | 'knownHosts'>, limits: Partial<GitLimits> = {}) {
  const { url, knownHosts } = server;
  return {
    url,
    knownHosts,
    privateKey: key.privateKey,
    passphrase,
    limits: { ...short, ...limits },
  };
}

function drip(channel: ServerChannel): void {
  channel.write('ffff');
  const timer = setInterval(() => channel.write('x'), 100);
  channel.on('close', () => clearInterval(timer));
}

function flood(channel: ServerChannel): void {
  channel.write('ffff'.padEnd(0xffff, 'x').repeat(10));
}

function expectNoSecret(message: string): void {
  expect(message).not.toContain(spoken);
  expect(message).not.toContain('planted');
  expect(message).not.toContain(key.privateKey.split('\n')[2]);
}
