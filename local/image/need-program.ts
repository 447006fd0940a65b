// A program of the host that images are made with: there, or installed, or named with the command that installs it.
import { findProgram } from '../cluster/find-program.ts';
import { runCommand } from '../cluster/run-command.ts';

// A few MB from a slow mirror, and the wait for another run's installation.
const installMilliseconds = 900_000;

type NeedOptions = { readonly say: (line: string) => void; readonly signal: AbortSignal };

/** Installs the Debian package as root; rejects with the command to run for everybody else. */
export async function needProgram(
  program: string,
  debianPackage: string,
  options: NeedOptions,
): Promise<void> {
  if (findProgram(program) !== undefined) return;
  const { say, signal } = options;
  if (process.geteuid?.() !== 0 || findProgram('apt-get') === undefined) {
    throw new Error(`${program} is missing. Run: sudo apt-get install ${debianPackage}`);
  }
  say(`installing ${debianPackage} (usually 15 s, once)`);
  const install = aptGet('install', '--no-install-recommends', debianPackage);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  // Most machines know the package already; the lists are fetched where they are missing or out of date.
  // An installation that has begun is not interrupted: half a package would be the host's trouble.
  const patience = AbortSignal.timeout(installMilliseconds);
  await runCommand(install, { signal: patience, env }).catch(async () => {
    signal.throwIfAborted();
    await runCommand(aptGet('update'), { signal, env });
    await runCommand(install, { signal: patience, env });
  });
  signal.throwIfAborted();
  if (findProgram(program) === undefined)
    throw new Error(`the package ${debianPackage} brought no ${program}`);
}

// Another run may be installing too.
function aptGet(...args: string[]): string[] {
  return ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300', ...args];
}
