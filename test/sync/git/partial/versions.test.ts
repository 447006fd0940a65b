// Which tag a range of versions means.
import { expect, test } from 'vitest';
import { chooseVersion, versionsOf } from '../../../../src/sync/git/partial/choose-version.ts';

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
  expect(chooseVersion(versionsOf(tags), range)).toBe(tag);
  expect(chooseVersion(versionsOf(tags.toReversed()), range)).toBe(tag);
});

test('the newest ones are named, and nothing that is no version', () => {
  const highest = versionsOf(tags).slice(0, 3);
  expect(highest.map(({ tag }) => tag)).toEqual(['2.0.0-rc.2', 'v2.0.0-rc.1', 'v1.10.0']);
  expect(versionsOf(['latest'])).toEqual([]);
});
