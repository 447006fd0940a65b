// Runs caller.ts, and tells what it started.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isRecord, parseJson } from '../../../src/lib/json.ts';

export type Caller = {
  readonly child: ChildProcess;
  readonly directory: string;
  readonly nodes: string;
  readonly inside: string;
  /** The supervisor first. */
  readonly pids: readonly number[];
};

const program = fileURLToPath(new URL('caller.ts', import.meta.url));

export async function startCaller(nodes: string): Promise<Caller> {
  const child = spawn(process.execPath, [program, nodes], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const facts = parseJson(String(line));
  if (!isRecord(facts) || !Array.isArray(facts.pids)) throw new Error(`the caller said ${line}`);
  const pids = facts.pids.filter((pid) => typeof pid === 'number');
  return {
    child,
    directory: String(facts.directory),
    nodes: String(facts.nodes),
    inside: String(facts.inside),
    pids,
  };
}
