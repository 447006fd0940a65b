// Runs the cluster's own kubectl, with nothing of the caller's configuration or home directory.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { env } from 'node:process';
import { text } from 'node:stream/consumers';

export type KubectlOptions = {
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Receives standard output as it comes, beside the whole of it at the end. */
  readonly onOutput?: (text: string) => void;
};
/** Standard output; an Error with kubectl's own words when it fails. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<string>;

type Target = { readonly kubectl: string; readonly kubeconfig: string; readonly directory: string };

// Longer than any single call here needs, `kubectl wait` and `rollout status` included.
const deadlineMilliseconds = 300_000;

export function createKubectl(target: Target): Kubectl {
  const environment = {
    PATH: env.PATH,
    HOME: target.directory,
    KUBECONFIG: target.kubeconfig,
    KUBECACHEDIR: join(target.directory, 'kubectl-cache'),
  };
  return async (args, options = {}) => {
    const timeout = AbortSignal.timeout(deadlineMilliseconds);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    const child = spawn(target.kubectl, [...args], {
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
      signal,
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    const { onOutput } = options;
    if (onOutput !== undefined) child.stdout.on('data', (chunk: Buffer) => onOutput(chunk.toString()));
    const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err.trim() || `exit code ${code}`}`);
    return out;
  };
}
