// The section "Four bad commits" of docs/content.md, run as it stands there: each is stopped, with the service untouched and
// its author told, and the fix goes through.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { gitEnvironment } from '../../local/git-server/git.ts';
import { eventually } from '../support/eventually.ts';
import { at, conditionOf, hashOf, pinOf, runsOn, textAt } from '../support/reading.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem();
const run = promisify(execFile);
const page = join(import.meta.dirname, '../../docs/content.md');

type Block = { readonly kind: string; readonly text: string };

async function blocksOf(heading: string): Promise<readonly Block[]> {
  const text = await readFile(page, 'utf8');
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, kind = '', body = '']) => ({
    kind,
    text: body,
  }));
}

/** Text of the page, in which `...` stands for whatever is different each time. */
function pattern(text: string): RegExp {
  const parts = text
    .trim()
    .split('...')
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

test('are stopped one after the other, and the fix goes through', { timeout: 300_000 }, async () => {
  const { git, kubectl } = system();
  const prod = 'prod';
  await kubectl(['create', 'namespace', prod]);
  const repository = git.repository('team/config');
  await repository.commit({ 'README.md': 'config\n' });
  const folder = await mkdtemp(join(tmpdir(), 'confroll-clone-'));
  const env = gitEnvironment({ name: 'Ada Example', email: 'ada@example.com' });
  const clone = join(folder, 'config');
  try {
    await run('git', ['clone', '-q', join(git.root, 'team/config.git'), clone], { env });
    let cwd = clone;
    let stands: string | undefined;
    let generation: unknown;
    const config = () => system().read(prod, 'gitconfig', 'shop');
    const deployment = () => system().read(prod, 'Deployment', 'api');
    for (const { kind, text } of await blocksOf('Four bad commits')) {
      if (kind === 'sh') {
        await run('bash', ['-euo', 'pipefail', '-c', text], { cwd, env });
        cwd = join(clone, 'envs/prod/shop');
      } else if (kind === 'yaml') {
        const input = text.replace('https://git.example.com/team/config.git', repository.url);
        await kubectl(['apply', '-f', '-'], { input });
        stands = await eventually(async () => hashOf(await config()), { what: 'the first content' });
        await runsOn(system(), prod, 'api', stands, 1);
        generation = at(await deployment(), 'metadata', 'generation');
      } else {
        const told = await eventually(
          async () => {
            const message = textAt(conditionOf(await config(), 'Published'), 'message') ?? '';
            if (pattern(text).test(message)) return message;
            throw new Error(message);
          },
          { what: text.trim() },
        );
        await eventually(async () => textAt(conditionOf(await config(), 'Ready'), 'message') === told, {
          what: 'Ready that says the same',
        });
        expect(conditionOf(await config(), 'Fetched')?.status).toBe('True');
        await eventually(
          async () => (await system().list(prod, 'events')).some(({ message }) => isBegin(message, told)),
          { what: 'an Event that says the same' },
        );
        expect(hashOf(await config())).toBe(stands);
        expect(pinOf(await deployment())).toBe(stands);
        expect(at(await deployment(), 'metadata', 'generation')).toBe(generation);
      }
    }
    const fixed = await eventually(
      async () => {
        const hash = hashOf(await config());
        return hash === stands ? undefined : hash;
      },
      { what: 'the fix' },
    );
    await runsOn(system(), prod, 'api', fixed, 1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

// Events are cut at 1 024 characters.
function isBegin(message: unknown, told: string): boolean {
  return typeof message === 'string' && message.slice(0, 200) === told.slice(0, 200);
}
