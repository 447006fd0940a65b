// The git command line as a syncer would call it at its best: bare, one branch, no checkout, the folder's files from
// one process.
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { gitEnvironment } from '../../local/git-server/git.ts';
import type { Place, Read, Reader, Subject } from './subject.ts';

const main = '+refs/heads/main:refs/heads/main';

export const gitShallow: Subject = { name: 'git, shallow', open: (place) => open(place, []) };
export const gitFiltered: Subject = {
  name: 'git, blob:none',
  open: (place) => open(place, ['--filter=blob:none']),
};

async function open({ url, path, directory }: Place, filter: readonly string[]): Promise<Reader> {
  await mkdir(directory, { recursive: true });
  const git = (args: readonly string[], input = ''): Promise<Ran> => run(directory, args, input);

  const measured = async (begin: (peak: (ran: Ran) => Ran) => Promise<void>): Promise<Read> => {
    let mebibytes = 0;
    const seen = (ran: Ran): Ran => {
      mebibytes = Math.max(mebibytes, ran.mebibytes);
      return ran;
    };
    const started = performance.now();
    await begin(seen);
    const files = await readFiles(git, seen, path);
    return { files, milliseconds: performance.now() - started, mebibytes };
  };

  return {
    first: () =>
      measured(async (seen) => {
        const flags = ['--quiet', '--bare', '--depth=1', '--single-branch', '--no-tags'];
        seen(await git(['clone', ...flags, ...filter, url, '.']));
        if (filter.length === 0) return;
        // All blobs of the folder in one request; what reads them would ask for one after the other.
        const tree = seen(await git(['ls-tree', '-r', '--format=%(objectname)', `main:${path}`])).output;
        const wants = ['--no-tags', '--no-write-fetch-head', '--filter=blob:none', '--stdin'];
        const silent = ['-c', 'fetch.negotiationAlgorithm=noop'];
        seen(await git([...silent, 'fetch', '--quiet', 'origin', ...wants], tree.toString('latin1')));
      }),
    again: () =>
      measured(async (seen) => {
        seen(await git(['fetch', '--quiet', '--depth=1', '--no-tags', ...filter, 'origin', main]));
      }),
    close: async () => {},
  };
}

async function readFiles(
  git: (args: readonly string[], input?: string) => Promise<Ran>,
  seen: (ran: Ran) => Ran,
  path: string,
): Promise<ReadonlyMap<string, string>> {
  const listed = seen(await git(['ls-tree', '-r', '-z', '--format=%(objectname) %(path)', `main:${path}`]));
  const entries = listed.output
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '');
  const names = entries.map((line) => `${line.slice(0, 40)}\n`).join('');
  const { output } = seen(await git(['cat-file', '--batch'], names));
  const files = new Map<string, string>();
  let at = 0;
  for (const entry of entries) {
    const end = output.indexOf('\n', at);
    const bytes = Number(output.toString('latin1', at, end).split(' ')[2]);
    files.set(entry.slice(41), output.toString('utf8', end + 1, end + 1 + bytes));
    at = end + bytes + 2;
  }
  return files;
}

type Ran = { readonly output: Buffer; readonly mebibytes: number };

async function run(directory: string, args: readonly string[], input: string): Promise<Ran> {
  const child = spawn('git', ['-C', directory, ...args], { env: gitEnvironment(), detached: true });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  let mebibytes = 0;
  // A short git process is not seen at all by this; it is not what takes memory.
  const sampling = setInterval(() => {
    void residentOf(child.pid).then((now) => {
      mebibytes = Math.max(mebibytes, now);
    });
  }, 25);
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(sampling));
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${Buffer.concat(errors).toString('utf8')}`);
  return { output: Buffer.concat(output), mebibytes };
}

/** MiB of all processes of a group. */
async function residentOf(group: number | undefined): Promise<number> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const pages = await Promise.all(
    ids.map(async (id) => {
      const line = await readFile(`/proc/${id}/stat`, 'latin1').catch(() => '');
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
      return Number(fields[2]) === group ? Number(fields[21]) : 0;
    }),
  );
  return (pages.reduce((sum, each) => sum + each, 0) * 4_096) / 1024 / 1024;
}
