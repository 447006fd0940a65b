// Config as it is in the wild is well-formed, in each encoding and with either end of lines.
import { describe, expect, test } from 'vitest';
import { checkSyntax } from '../../../src/content/validate/check-syntax.ts';
import { fileTypeOf } from '../../../src/content/validate/file-types.ts';
import { validateFiles } from '../../../src/content/validate/validate-files.ts';
import { grafanaDashboard, inUtf16, longJson, wildFiles, withWindowsLineEnds } from '../../support/wild.ts';
import { folder } from '../files.ts';

const files = [...wildFiles(), ['dashboard.json', grafanaDashboard()], ['long.json', longJson()]] satisfies [
  string,
  Buffer,
][];
const looked = files.flatMap(([name, bytes]) => {
  const type = fileTypeOf(name);
  return type === undefined ? [] : [{ name, bytes, type }];
});

test('the sizes are those that are spoken of', () => {
  expect(grafanaDashboard().length).toBeGreaterThan(1024 * 1024);
  expect(longJson().length).toBeGreaterThan(890 * 1024);
  expect(looked.map(({ name }) => name)).toHaveLength(files.length - 2);
});

test('a whole folder of it holds no error', () => {
  expect(validateFiles(folder(files), { skip: [], required: [] }, () => [])).toEqual([]);
});

describe.each(looked)('$name', ({ name, bytes, type }) => {
  const good = { kind: 'ok' };

  test('as Windows saves it', () => {
    expect(checkSyntax(withWindowsLineEnds(bytes), type)).toMatchObject(good);
  });

  test('in UTF-8 with a byte order mark, and in UTF-16', (context) => {
    if (name === 'messages_de.properties') context.skip('it is in ISO 8859-1');
    const text = bytes.toString('utf8').replace('encoding="UTF-8"', 'encoding="UTF-16"');
    expect(checkSyntax(Buffer.from(`\ufeff${text}`), type)).toMatchObject(good);
    expect(checkSyntax(inUtf16(text, 'little'), type)).toMatchObject(good);
    expect(checkSyntax(inUtf16(text, 'big'), type)).toMatchObject(good);
  });
});
