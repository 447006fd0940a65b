// One `go build`, with lines that say how far it is.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { findProgram, searchPath } from '../cluster/find-program.ts';
import { withParent } from '../cluster/with-parent.ts';
import type { Unit } from './units.ts';

export type GoBuildOptions = { readonly signal: AbortSignal; readonly log: (line: string) => void };

// Often enough to see that it lives, seldom enough to be read.
const progressMilliseconds = 15_000;

/** Rejects with what the compiler said. When the signal fires, the compiler and all that it started are killed. */
export async function goBuild(unit: Unit, output: string, options: GoBuildOptions): Promise<void> {
  const go = findProgram('go');
  if (go === undefined) throw new Error(missingGo(unit));
  options.log(
    `Building ${unit.programs.join(', ')} ${unit.version} from Go modules: usually ${unit.usualMinutes} min on 2 cores, once.`,
  );
  const build = ['build', '-v', '-trimpath', '-buildvcs=false', '-ldflags', unit.ldflags];
  const [file = '', ...args] = [...withParent(), go, ...build, '-o', output, unit.package];
  const child = spawn(file, args, {
    cwd: unit.module,
    // A process group of its own, so that the compilers that it starts can be ended with it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: buildEnvironment(),
  });
  const stop = (): void => killGroup(child.pid);
  options.signal.addEventListener('abort', stop, { once: true });
  if (options.signal.aborted) stop();
  const progress = reportProgress(options.log);
  createInterface(child.stderr).on('line', progress.line);
  try {
    const [code] = await once(child, 'close');
    options.signal.throwIfAborted();
    if (code !== 0) throw new Error(`go build of ${unit.package} failed:\n${progress.lastWords()}`);
    options.log(`Built ${unit.name}: ${progress.summary()}.`);
  } finally {
    options.signal.removeEventListener('abort', stop);
    progress.end();
  }
}

/** Counts what `go build -v` prints: a line for each module downloaded and each package compiled. */
function reportProgress(log: (line: string) => void) {
  const started = performance.now();
  const words: string[] = [];
  let downloaded = 0;
  let compiled = 0;
  const summary = (): string =>
    `${downloaded === 0 ? '' : `${downloaded} modules downloaded, `}${compiled} packages compiled in ${Math.round((performance.now() - started) / 1000)} s`;
  const timer = setInterval(() => log(`  ... ${summary()}`), progressMilliseconds);
  return {
    line(text: string): void {
      if (text.startsWith('go: downloading ')) downloaded += 1;
      else if (/^[\w.\-/]+$/.test(text)) compiled += 1;
      else if (words.push(text) > 20) words.shift();
    },
    lastWords: () => words.join('\n'),
    summary,
    end: () => clearInterval(timer),
  };
}

function buildEnvironment(): NodeJS.ProcessEnv {
  // Without cgo no C compiler is needed, and the result runs on every Linux.
  return { ...process.env, PATH: searchPath(), CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has already ended.
  }
}

function missingGo(unit: Unit): string {
  return (
    `${unit.programs.join(', ')} have to be built and Go is not installed. ` +
    'Install Go 1.26, or set KUBEBUILDER_ASSETS to a folder that holds them.'
  );
}
