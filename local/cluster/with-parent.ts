// A prefix for command lines that ties a program to the life of the process that starts it: the kernel kills the one when
// the other ends, whatever the way.
import { findProgram } from './find-program.ts';

/** Empty where the system has no setpriv; the supervisor alone looks after its programs then. */
export function withParent(): string[] {
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
}
