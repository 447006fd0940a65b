// Short forms of files of variables and of what becomes of them, for tests.
import type { EnvSource } from '../../../src/api/env-spec.ts';
import { buildEnvironment } from '../../../src/content/env/environment.ts';

export type Files = Readonly<Record<string, string | Uint8Array>>;

export const build = (
  files: Files,
  env: readonly EnvSource[] = Object.keys(files).map((file) => ({ file })),
) =>
  buildEnvironment(
    env,
    Object.entries(files).map(([path, content]) => ({ path, bytes: Buffer.from(content) })),
  );

export function variables(...given: Parameters<typeof build>): Readonly<Record<string, string>> {
  const built = build(...given);
  if (built.kind === 'invalid') throw new Error(JSON.stringify(built.errors));
  return Object.fromEntries(built.variables.map(({ name, value }) => [name, value]));
}

export function errors(...given: Parameters<typeof build>): string[] {
  const built = build(...given);
  if (built.kind === 'ok') return [];
  return built.errors.map(({ path, line, column, message }) =>
    [path, line, column, ` ${message}`].filter((part) => part !== undefined).join(':'),
  );
}
