// Which tag a range of versions means.
import { expect, test } from 'vitest';
import { chooseVersion, newestVersions } from '../../../../src/sync/git/partial/choose-version.ts';

const tags = [
  'v1.0.0',
  '1.2.3',
  'v1.2.3',
  'v1.10.0',
  'v2.0.0-rc.1',
  '2.0.0-rc.2',
  'latest',
  'app/v9.0.0',
  '1.2',
];

test.each<[string, string | undefined]>([
  ['1.x', 'v1.10.0'],
  ['~1.2', '1.2.3'],
  ['1.0.0', 'v1.0.0'],
  ['*', 'v1.10.0'],
  ['>=1', 'v1.10.0'],
  ['>=2.0.0-0', '2.0.0-rc.2'],
  ['2.0.0-rc.1', 'v2.0.0-rc.1'],
  ['>=3', undefined],
])('%s is %s', (range, tag) => {
  expect(chooseVersion(tags, range)).toBe(tag);
  expect(chooseVersion(tags.toReversed(), range)).toBe(tag);
});

test('the newest ones are named, and nothing that is no version', () => {
  expect(newestVersions(tags, 3)).toEqual(['2.0.0-rc.2', 'v2.0.0-rc.1', 'v1.10.0']);
  expect(newestVersions(['latest'], 3)).toEqual([]);
});
