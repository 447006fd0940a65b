// Runs a short command of the host to its end.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { searchPath } from './find-program.ts';

export type RunOptions = {
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
};

/** Standard output; an Error with the command's own last words when it fails or cannot be started. */
export async function runCommand(argv: readonly string[], options: RunOptions): Promise<string> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
    killSignal: 'SIGKILL',
    cwd: options.cwd,
    env: { ...process.env, PATH: searchPath(), LC_ALL: 'C', ...options.env },
  });
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ?? String(code)));
  });
  const [output, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (status === '0') return output;
  const words = (errors.trim() || output.trim()).split('\n').slice(-5).join('\n');
  throw new Error(`\`${argv.join(' ')}\` ended with ${status}: ${words}`);
}
