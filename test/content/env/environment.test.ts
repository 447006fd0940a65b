// Which variables of which files are taken, and what is said of those that cannot be.
import { describe, expect, test } from 'vitest';
import type { EnvSource } from '../../../src/api/env-spec.ts';
import { build, errors, variables } from './built.ts';

describe('spec.env', () => {
  const files = { 'a.env': 'ONE=1\nTWO=2', 'conf/b.properties': 'three=3\nbad name=4' };

  test('takes all, or those of keys, with a prefix', () => {
    const env = [
      { file: 'a.env', prefix: 'APP_' },
      { file: 'conf/b.properties', keys: ['THREE'] },
    ];
    expect(variables(files, env)).toEqual({ APP_ONE: '1', APP_TWO: '2', THREE: '3' });
  });

  test('a prefix makes a name of what begins with a digit', () => {
    expect(variables({ 'a.env': '1=one' }, [{ file: 'a.env', prefix: 'N_' }])).toEqual({ N_1: 'one' });
  });

  test('gives them in byte order of their names, whatever the order of the files', () => {
    const names = (env: readonly EnvSource[]): string[] => {
      const built = build({ 'a.env': 'b=1\nB=2\n_=3', 'b.env': 'A=4' }, env);
      return built.kind === 'ok' ? built.variables.map(({ name }) => name) : [];
    };
    expect(names([{ file: 'b.env' }, { file: 'a.env' }])).toEqual(['A', 'B', '_', 'b']);
    expect(names([{ file: 'a.env' }, { file: 'b.env' }])).toEqual(['A', 'B', '_', 'b']);
  });

  test.each([
    [
      'a file that is not there',
      [{ file: 'c.env' }],
      'c.env: spec.env names it, and the folder has no such file; correct spec.env or commit the file',
    ],
    [
      'a key that is not there',
      [{ file: 'a.env', keys: ['ONE', 'one'] }],
      'a.env: it gives no variable "one", which spec.env takes from it (keys); correct keys or the file',
    ],
    [
      'a name of two files',
      [{ file: 'a.env' }, { file: 'a.env', keys: ['TWO'] }],
      'a.env:2:1: it gives the variable TWO, and so does line 2; keep one of them, or choose with keys or prefix in spec.env',
    ],
    [
      'a name that says no format',
      [{ file: 'conf' }],
      'conf: spec.env names it, and its name says no format: .env, .env.<anything> or *.env for NAME=value lines, *.properties, *.yaml, *.yml or *.json',
    ],
  ])('%s is an error', (_, env, message) => {
    expect(errors({ ...files, conf: '' }, env)).toEqual([message]);
  });

  test('errors of all files are told at once', () => {
    expect(
      errors({ 'a.env': 'A=1\nB', 'b.json': '[', 'c.env': new Uint8Array([0xff, 0xfe, 0x41, 0]) }),
    ).toEqual([
      'a.env:2:1: it is no NAME=value, no comment and not empty',
      'b.json:1:1: it must be an object: its keys are the names of the variables',
      'c.env: it is not UTF-8, and variables are text; save it as UTF-8',
    ]);
  });

  test('a secret that is no variable is not shown', () => {
    const key =
      '-----BEGIN RSA PRIVATE KEY-----\nMIIEow+IBAAKCAQEA/z=\nhunter2 secret\n-----END RSA PRIVATE KEY-----\n';
    const said = errors({ '.env': key }).join('\n');
    expect(said).not.toMatch(/MIIE|hunter2|BEGIN/);
  });
});
