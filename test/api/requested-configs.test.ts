import { describe, expect, it } from 'vitest';
import { requestedConfigs } from '../../src/api/requested-configs.ts';

const labels = { 'confroll.dev/config': 'shop' };
const additional = (text: string) => ({ labels, annotations: { 'confroll.dev/additional-configs': text } });

describe('requestedConfigs', () => {
  it.each([
    [
      'nothing without the opt-in label',
      { annotations: { 'confroll.dev/additional-configs': 'common' } },
      [],
    ],
    ['the labelled config', { labels }, [['shop', undefined]]],
    [
      'its mount path',
      { labels, annotations: { 'confroll.dev/mount-path': '/srv/x' } },
      [['shop', '/srv/x']],
    ],
    [
      'additional ones',
      additional(' common, flags=/etc/flags ,'),
      [
        ['shop', undefined],
        ['common', undefined],
        ['flags', '/etc/flags'],
      ],
    ],
  ])('reads %s', (_, metadata, expected) => {
    const requested = requestedConfigs(metadata);
    expect(
      requested.kind === 'ok' && requested.configs.map(({ name, mountPath }) => [name, mountPath]),
    ).toEqual(expected);
  });

  it("lets the workload's label win over the template's", () => {
    expect(requestedConfigs({ labels }, 'other')).toEqual({
      kind: 'ok',
      configs: [{ name: 'other', mountPath: undefined }],
    });
  });

  it.each([
    ['a name with a dot', additional('a.b'), '"a.b" is not the name of a GitConfig'],
    ['a name twice', additional('shop'), 'GitConfig "shop" is named twice'],
    ['a relative mount path', additional('flags=etc'), 'must be an absolute path such as /etc/shop'],
    ['a mount path with ..', additional('flags=/etc/../x'), 'must be an absolute path such as /etc/shop'],
  ])('refuses %s', (_, metadata, problem) => {
    const requested = requestedConfigs(metadata);
    expect(requested.kind === 'invalid' && requested.problem).toContain(problem);
  });
});
