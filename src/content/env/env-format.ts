// In which format a file of variables is, by its name.

export type EnvFormat = 'dotenv' | 'properties' | 'yaml' | 'json';

/** Undefined for a name that says none; capitals make no difference. */
export function envFormat(path: string): EnvFormat | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const known = byEnding.find(([ending]) => name.endsWith(ending));
  if (known !== undefined) return known[1];
  return name.startsWith('.env.') ? 'dotenv' : undefined;
}

export const fileNameRule =
  '.env, .env.<anything> or *.env for NAME=value lines, *.properties, *.yaml, *.yml or *.json';

const byEnding: readonly (readonly [string, EnvFormat])[] = [
  ['.env', 'dotenv'],
  ['.properties', 'properties'],
  ['.yaml', 'yaml'],
  ['.yml', 'yaml'],
  ['.json', 'json'],
];
