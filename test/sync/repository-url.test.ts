import { expect, test } from 'vitest';
import { parseRepositoryUrl } from '../../src/sync/repository-url.ts';

test.each<[string, string]>([
  ['https://git.example.com/team/config.git', 'https://git.example.com/team/config.git'],
  ['https://git.example.com:443/team/config.git/', 'https://git.example.com/team/config.git'],
  ['http://[::1]:8080/x', 'http://[::1]:8080/x'],
])('%s is accepted', (text, href) => {
  expect(parseRepositoryUrl(text)).toMatchObject({ kind: 'ok', url: { href } });
});

test.each<[string]>([
  ['https://user:hunter2@git.example.com/x'],
  ['https://hunter2@git.example.com/x'],
  ['https://git.example.com/x?token=hunter2'],
  ['https://git.example.com/x#hunter2'],
  ['ssh://hunter2@git.example.com/x'],
  ['file:///etc/hunter2'],
  ['git@hunter2:x'],
  ['hunter2'],
])('%s is refused, and not repeated', (text) => {
  const refused = parseRepositoryUrl(text);
  expect(refused).toMatchObject({ kind: 'failed', class: 'person', reason: 'InvalidSource' });
  expect(JSON.stringify(refused)).not.toContain('hunter2');
});
