// The only reader of environment variables for local clusters.
import { homedir } from 'node:os';
import { join } from 'node:path';

export type LocalEnvironment = {
  /** Folder of ready-made programs, the convention of envtest; undefined: ours are built. */
  readonly assets: string | undefined;
  /** Where built programs are kept between runs. */
  readonly cache: string;
};

/** Reads KUBEBUILDER_ASSETS, CONFROLL_CACHE and XDG_CACHE_HOME; an empty variable counts as unset. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): LocalEnvironment {
  const set = (name: string): string | undefined => env[name] || undefined;
  const shared = set('XDG_CACHE_HOME') ?? join(homedir(), '.cache');
  return { assets: set('KUBEBUILDER_ASSETS'), cache: set('CONFROLL_CACHE') ?? join(shared, 'confroll') };
}
