import { describe, expect, test } from 'vitest';
import { locateCgroups, parseCount, parseKeyed, parseLimit } from '../../../src/sync/pressure/cgroup.ts';
import { cpuStatV1, cpuStatV2, hybrid, memoryStatV2, v1Container, v2Container, v2Unit } from './recorded.ts';

describe('where the control groups are', () => {
  test.for([
    ['version 2, in a container', v2Container, { v2: ['/sys/fs/cgroup'], memoryV1: [], cpuV1: [] }],
    [
      'version 2, a unit: its own and those above',
      v2Unit,
      {
        v2: ['/sys/fs/cgroup/system.slice/confroll.service', '/sys/fs/cgroup/system.slice', '/sys/fs/cgroup'],
        memoryV1: [],
        cpuV1: [],
      },
    ],
    [
      'version 1, in a container',
      v1Container,
      { v2: [], memoryV1: ['/sys/fs/cgroup/memory'], cpuV1: ['/sys/fs/cgroup/cpu,cpuacct'] },
    ],
    [
      'both',
      hybrid,
      {
        v2: ['/sys/fs/cgroup/unified'],
        memoryV1: [
          '/sys/fs/cgroup/memory/process/e425',
          '/sys/fs/cgroup/memory/process',
          '/sys/fs/cgroup/memory',
        ],
        cpuV1: ['/sys/fs/cgroup/cpu'],
      },
    ],
    [
      'a group outside of the mounted one',
      { ...v2Container, selfCgroup: '0::/../other\n' },
      { v2: ['/sys/fs/cgroup'], memoryV1: [], cpuV1: [] },
    ],
    [
      'a mount point with a space',
      { selfCgroup: '0::/a\n', mountInfo: '1 2 0:1 / /my\\040groups rw - cgroup2 cgroup2 rw\n' },
      { v2: ['/my groups/a', '/my groups'], memoryV1: [], cpuV1: [] },
    ],
    ['nothing', { selfCgroup: '', mountInfo: '' }, { v2: [], memoryV1: [], cpuV1: [] }],
    [
      'nonsense',
      { selfCgroup: 'a:b\n::\n0::nowhere', mountInfo: '1 2 3\n- cgroup2\n' },
      { v2: [], memoryV1: [], cpuV1: [] },
    ],
  ] as const)('%s', ([, { selfCgroup, mountInfo }, expected]) => {
    expect(locateCgroups(selfCgroup, mountInfo)).toEqual(expected);
  });
});

test.for([
  ['268435456\n', 268435456],
  ['max\n', undefined],
  ['9223372036854771712\n', undefined],
  ['', undefined],
  ['-1\n', undefined],
  ['12 34', undefined],
] as const)('limit %j', ([text, expected]) => {
  expect(parseLimit(text)).toBe(expected);
});

test('figures', () => {
  expect(parseCount('12\n')).toBe(12);
  expect(parseCount('twelve')).toBeUndefined();
  expect(parseKeyed(memoryStatV2).get('inactive_file')).toBe(52428800);
  for (const text of [cpuStatV1, cpuStatV2]) expect(parseKeyed(text).get('nr_throttled')).toBe(300);
  expect(parseKeyed('no\nlines of -1 that\nfit').size).toBe(0);
});
