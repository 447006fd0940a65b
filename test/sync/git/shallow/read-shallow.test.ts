// Whole commits from a real git-upload-pack that speaks protocol version 0 and gives no parts, and from broken ones.

import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gitEnvironment } from '../../../../local/git-server/git.ts';
import type { Repository } from '../../../../local/git-server/repository.ts';
import { type GitServer, startGitServer } from '../../../../local/git-server/server.ts';
import { type CommitId, parseCommitId } from '../../../../src/api/identifiers.ts';
import { wholeFolder } from '../../../../src/content/select/selection.ts';
import { defaultGitLimits, type GitLimits } from '../../../../src/sync/git/limits.ts';
import type { PackedObject } from '../../../../src/sync/git/pack/unpack.ts';
import { readShallow } from '../../../../src/sync/git/shallow/read-shallow.ts';
import type { Transport } from '../../../../src/sync/git/transport.ts';
import type { Progress } from '../../../../src/sync/source.ts';
import { flush, packOf, pktLine, sideBand } from '../../../support/git-servers/packs.ts';

const never = new AbortController().signal;
let git: GitServer;
let repository: Repository;
let commit: CommitId;

beforeAll(async () => {
  git = await startGitServer();
  repository = git.repository('whole');
  const outside = Array.from({ length: 50 }, (_, index) => [`other/${index % 5}/${index}`, `other ${index}`]);
  await repository.commit({
    ...Object.fromEntries(outside),
    'apps/shop/a.conf': 'before',
    'read.me': 'hello',
  });
  commit = commitId(
    await repository.commit({
      'apps/shop/a.conf': 'now',
      'apps/shop/deep/b.conf': { content: '#!', executable: true },
      'apps/shop/empty': '',
      'apps/bank/c.conf': 'not this one',
    }),
  );
});
afterAll(() => git.stop());

describe('a folder', () => {
  test('comes with the commit and the folders above it, and with nothing else', async () => {
    const progress: Progress[] = [];
    const objects = await read({
      selection: wholeFolder('apps/shop'),
      onProgress: (each) => progress.push(each),
    });
    const wanted = ['', ':', ':apps', ':apps/shop', ':apps/shop/a.conf', ':apps/shop/deep'];
    wanted.push(':apps/shop/deep/b.conf', ':apps/shop/empty');
    const ids = await Promise.all(wanted.map((each) => idOf(`${commit}${each}`)));
    expect(objects.map(({ oid }) => oid).sort()).toEqual(ids.sort());
    for (const { oid, type, bytes } of objects) {
      expect(bytes.equals(await repository.git('cat-file', type, oid))).toBe(true);
    }
    expect(progress.at(-1)?.objects).toBeGreaterThan(50);
  });

  test('that is not there comes as far as it is', async () => {
    const objects = await read({ selection: wholeFolder('apps/none/deeper') });
    expect(objects.map(({ type }) => type).sort()).toEqual(['commit', 'tree', 'tree']);
  });

  test('that is too large comes as far as its reader goes', async () => {
    const objects = await read({ selection: wholeFolder('other'), limits: { folderEntries: 10 } });
    expect(objects.filter(({ type }) => type === 'blob')).toEqual([]);
  });

  test('of a repository that lists its submodules comes with the list', async () => {
    const with_ = git.repository('modules');
    const list = '[submodule "x"]\n\tpath = x\n\turl = ../x\n';
    const at = commitId(await with_.commit({ '.gitmodules': list, 'apps/a.conf': 'a' }));
    const objects = await read({
      transport: upload(with_.directory),
      commit: at,
      selection: wholeFolder('apps'),
    });
    expect(objects.map(({ bytes }) => bytes.toString())).toContain(list);
  });
});

test('a commit that is no longer on a branch is asked for, and refused in words', async () => {
  const gone = commitId('1'.repeat(40));
  await expect(read({ commit: gone, refName: 'refs/heads/main' })).rejects.toMatchObject({
    name: 'CommitGone',
  });
  await expect(read({ commit: gone, refName: '' })).rejects.toMatchObject({
    failure: {
      class: 'person',
      reason: 'RefNotFound',
      message: expect.stringContaining('spec.source.ref.tag'),
    },
  });
});

test('the commit of an annotated tag is read where only the tag itself may be asked for', async () => {
  await repository.git('tag', '-a', '-m', 'one', 'v1', 'main~1');
  const before = commitId(await idOf('v1^{commit}'));
  const transport = upload(repository.directory, []);
  await expect(read({ transport, commit: before, refName: 'refs/heads/main' })).rejects.toMatchObject({
    name: 'CommitGone',
  });
  const objects = await read({
    transport,
    commit: before,
    refName: 'refs/tags/v1',
    selection: wholeFolder('apps/shop'),
  });
  expect(objects.map(({ bytes }) => bytes.toString())).toContain('before');
});

describe('an answer', () => {
  const blob = packOf([{ type: 'blob', bytes: Buffer.from('x') }]);
  const nak = pktLine('NAK\n');
  test.each<[string, () => Buffer, object]>([
    ['is refused as a whole', () => pktLine('ERR access denied: token abc\n'), { name: 'CommitGone' }],
    [
      'ends in an error',
      () => Buffer.concat([nak, ...sideBand(1, blob), pktLine('ERR x\n'), flush]),
      protocol('refused'),
    ],
    [
      'is given up',
      () => Buffer.concat([nak, ...sideBand(3, Buffer.from('fatal: x')), flush]),
      protocol('gaveUp'),
    ],
    ['is cut between lines', () => Buffer.concat([nak, ...sideBand(1, blob)]), protocol('malformed')],
    [
      'is cut in a line',
      () => Buffer.concat([nak, ...sideBand(1, blob)]).subarray(0, -1),
      protocol('malformed'),
    ],
    ['is no Git', () => Buffer.from('<html></html>'), protocol('malformed')],
    ['has no pack', () => Buffer.concat([nak, flush]), pack('malformed')],
    ['has a cut pack', () => whole(blob.subarray(0, -1)), pack('malformed')],
    [
      'has too many objects',
      () => whole(packOf(many)),
      { failure: expect.objectContaining({ reason: 'TooLarge' }) },
    ],
    ['has garbage for a pack', () => whole(Buffer.alloc(500, 7)), pack('malformed')],
  ])('that %s is an error', async (_, answer, error) => {
    await expect(read({ transport: saying(answer()), limits: { packObjects: 100 } })).rejects.toMatchObject(
      error,
    );
  });

  test('with an empty pack, or another commit, has no object that was wanted', async () => {
    for (const objects of [[], [{ type: 'blob' as const, bytes: Buffer.from('x') }]]) {
      expect(await read({ transport: saying(whole(packOf(objects))) })).toEqual([]);
    }
  });

  test('that inflates without end is refused before the library sees it', async () => {
    const bomb = packOf([{ type: 'blob', bytes: Buffer.alloc(130 * 1024 * 1024) }]);
    await expect(read({ transport: saying(whole(bomb)) })).rejects.toMatchObject(pack('tooLarge'));
  });

  const many = Array.from({ length: 101 }, (_, index) => ({
    type: 'blob' as const,
    bytes: Buffer.from(String(index)),
  }));
  function whole(bytes: Buffer): Buffer {
    return Buffer.concat([nak, ...sideBand(1, bytes), flush]);
  }
});

test('an abort ends the thread', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const admit = async (): Promise<void> => void setTimeout(() => abort.abort(reason), 20);
  const options = { ...defaults(), admit };
  await expect(readShallow(options, abort.signal)).rejects.toBe(reason);
});

type Changes = Partial<Omit<ReturnType<typeof defaults>, 'limits'>> & {
  readonly limits?: Partial<GitLimits>;
  readonly onProgress?: (progress: Progress) => void;
};

async function read({ limits, ...changes }: Changes): Promise<readonly PackedObject[]> {
  const options = { ...defaults(), ...changes, limits: { ...defaultGitLimits, ...limits } };
  return (await readShallow(options, never)).objects;
}

function defaults() {
  return {
    transport: upload(repository.directory),
    refName: 'refs/heads/main',
    commit,
    selection: wholeFolder(''),
    shown: 'https://git.example/whole.git',
    limits: defaultGitLimits,
  };
}

/** A conversation is one run of git-upload-pack, as over HTTP; without flags as over SSH, where it gives only what its refs name. */
function upload(directory: string, flags: readonly string[] = ['--stateless-rpc']): Transport {
  const run = async (input: Uint8Array | undefined, ...more: string[]): Promise<Buffer> => {
    const env = gitEnvironment();
    // The last value of a key holds.
    env.GIT_CONFIG_KEY_3 = 'uploadpack.allowReachableSHA1InWant';
    env.GIT_CONFIG_VALUE_3 = 'false';
    const child = spawn('git', ['upload-pack', ...flags, ...more, directory], { env });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    await new Promise((resolve) => child.once('close', resolve));
    return Buffer.concat(output);
  };
  const greet = async (): Promise<Buffer> => run(Buffer.from('0000'), '--http-backend-info-refs');
  return {
    forget() {},
    close() {},
    async open(version) {
      const lines = version === 'v0' ? [] : linesOf(await greet());
      return {
        greeting: { protocol: 'v0', lines },
        end() {},
        async send({ body, onBytes }) {
          const answer = await run(body);
          const bytes = flags.length > 0 ? answer : answer.subarray(answer.indexOf('\n0000') + 5);
          onBytes?.(bytes.length, bytes);
          return bytes;
        },
      };
    },
  };
}

function linesOf(body: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const length = Number.parseInt(body.toString('latin1', at, at + 4), 16);
    if (length > 4) lines.push(body.subarray(at + 4, at + length));
    at += Math.max(4, length);
  }
  return lines;
}

function saying(answer: Buffer): Transport {
  return {
    forget() {},
    close() {},
    open: async () => ({
      greeting: { protocol: 'v0', lines: [] },
      end() {},
      send: async () => answer,
    }),
  };
}

function protocol(kind: string): object {
  return { name: 'ProtocolError', kind };
}

function pack(kind: string): object {
  return { name: 'PackError', kind };
}

async function idOf(expression: string): Promise<string> {
  return (await repository.git('rev-parse', expression)).toString('utf8').trim();
}

function commitId(text: string): CommitId {
  const parsed = parseCommitId(text);
  if (parsed === undefined) throw new Error(`${text} is no commit id`);
  return parsed;
}
