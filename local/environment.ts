// The only reader of environment variables for local clusters.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export type LocalEnvironment = {
  /** Folder of ready-made programs, the convention of envtest; undefined: ours are built. */
  readonly assets: string | undefined;
  /** Where built programs are kept between runs. */
  readonly cache: string;
};

/** Reads KUBEBUILDER_ASSETS, CONFROLL_CACHE and XDG_CACHE_HOME; an empty variable counts as unset. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): LocalEnvironment {
  // Programs are started in other folders than this one, so a relative path has to be made absolute now.
  const path = (name: string): string | undefined => (env[name] ? resolve(env[name]) : undefined);
  const shared = path('XDG_CACHE_HOME') ?? join(homedir(), '.cache');
  return { assets: path('KUBEBUILDER_ASSETS'), cache: path('CONFROLL_CACHE') ?? join(shared, 'confroll') };
}
