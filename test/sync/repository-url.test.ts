import { expect, test } from 'vitest';
import { parseAddress } from '../../src/sync/repository-url.ts';

test.each<[string, string]>([
  ['https://git.example.com/team/config.git', 'https://git.example.com/team/config.git'],
  ['https://git.example.com:443/team/config.git/', 'https://git.example.com/team/config.git'],
  ['http://[::1]:8080/x', 'http://[::1]:8080/x'],
  ['ssh://git.example.com/x', 'ssh://git@git.example.com/x'],
  ['git@git.example.com:x', 'ssh://git@git.example.com/x'],
])('%s is accepted', (text, known) => {
  expect(parseAddress(text)).toMatchObject({ kind: 'ok', address: { text: known } });
});

test.each<[string]>([
  ['https://user:hunter2@git.example.com/x'],
  ['https://hunter2@git.example.com/x'],
  ['https://git.example.com/x?token=hunter2'],
  ['https://git.example.com/x#hunter2'],
  ['ssh://git:hunter2@git.example.com/x'],
  ['git+ssh://hunter2@git.example.com/x'],
  ['file:///etc/hunter2'],
  ['git:hunter2@git.example.com:x'],
  ['hunter2'],
])('%s is refused, and not repeated', (text) => {
  const refused = parseAddress(text);
  expect(refused).toMatchObject({ kind: 'failed', class: 'person', reason: 'InvalidSource' });
  expect(JSON.stringify(refused)).not.toContain('hunter2');
});
