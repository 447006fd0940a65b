// A program of the host that images are made with: there, or installed, or named with the command that installs it.
import { findProgram } from '../cluster/find-program.ts';
import { runCommand } from '../cluster/run-command.ts';

type NeedOptions = { readonly say: (line: string) => void; readonly signal: AbortSignal };

/** Installs the Debian package as root; rejects with the command to run for everybody else. */
export async function needProgram(
  program: string,
  debianPackage: string,
  options: NeedOptions,
): Promise<void> {
  if (findProgram(program) !== undefined) return;
  const { say, signal } = options;
  if (process.getuid?.() !== 0 || findProgram('apt-get') === undefined) {
    throw new Error(`${program} is missing. Run: sudo apt-get install ${debianPackage}`);
  }
  say(`installing ${debianPackage} (usually 15 s, once)`);
  // Another run may be installing too.
  const apt = ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300'];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runCommand([...apt, 'update'], { signal, env });
  await runCommand([...apt, 'install', '--no-install-recommends', debianPackage], { signal, env });
}
