// How the sources are written, where neither compiler nor linter looks, and where nobody may switch them off.
import { describe, expect, test } from 'vitest';
import { codeOf } from './code.ts';
import { filesOf, textOf } from './repository.ts';

const maxLines = 200;
const sources = filesOf('src/**/*.ts');
// These tests name what they forbid.
const ours = filesOf('{src,local,certs,scripts,bench,test}/**/*.ts').filter(
  (file) => !file.startsWith('test/house/'),
);

describe('a source file', () => {
  test('opens with a comment that says what it is for', () => {
    expect(sources.filter((file) => !/^(?:#!.*\n)?\/\/ \S/.test(textOf(file)))).toEqual([]);
  });

  test(`of more than ${maxLines} lines says in its first lines why it is one thing`, () => {
    const reason =
      /\bone (?:file|thing|concept|protocol|state machine|table|grammar|scanner|parser)\b|\bbecause\b/i;
    const silent = sources.filter(
      (file) => lineCount(textOf(file)) > maxLines && !reason.test(openingComment(textOf(file))),
    );
    expect(silent.map((file) => `${file}: ${lineCount(textOf(file))} lines`)).toEqual([]);
  });

  test('has no type `any`', () => {
    expect(found(sources, /[:<|&,(]\s*any\b(?!\s*[(:.])|\bas\s+any\b|\bany\[\]/, codeOf)).toEqual([]);
  });

  test('does not assert with `!` what the checker cannot see', () => {
    expect(found(sources, /[\w$)\]}]!(?!=)/, codeOf)).toEqual([]);
  });

  test('does not silence compiler or linter without a word why', () => {
    expect(found(sources, /@ts-(?:ignore|nocheck)|biome-ignore\b(?!.*: \S)/)).toEqual([]);
  });

  test('loads nothing as a default export', () => {
    expect(found(sources, /^export default\b/m, codeOf)).toEqual([]);
  });
});

describe('everything of ours', () => {
  test('is finished: nothing is left to be done later', () => {
    expect(found(ours, /\b(?:TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
  });

  test('is tested in real parts: no module is replaced', () => {
    expect(found(ours, /\bvi\s*\.\s*(?:mock|doMock|hoisted|stubGlobal)\b/, codeOf)).toEqual([]);
  });

  test('runs: a test that cannot run somewhere says why when it gets there', () => {
    const switchedOff =
      /^\s*(?:it|test|describe|suite|bench)(?:\.\w+)*\.(?:only|skip|todo|fails|skipIf|runIf)\b/;
    const silent = /\.skip\(\s*\)/;
    expect([...found(ours, switchedOff), ...found(ours, silent)]).toEqual([]);
  });
});

function found(files: readonly string[], pattern: RegExp, view = (text: string): string => text): string[] {
  return files.flatMap((file) => {
    const original = textOf(file).split('\n');
    return view(textOf(file))
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file}:${index + 1}: ${original[index]?.trim()}`] : [],
      );
  });
}

function openingComment(text: string): string {
  return /^(?:#!.*\n)?((?:\/\/.*\n)+)/.exec(text)?.[1]?.replaceAll(/\n\/\/ ?/g, ' ') ?? '';
}

function lineCount(text: string): number {
  return text.trimEnd().split('\n').length;
}
