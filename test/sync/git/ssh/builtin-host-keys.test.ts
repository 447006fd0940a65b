// The fingerprints are those that the hosts publish on the pages that the entries name.
import { expect, test } from 'vitest';
import { publishedHostKeys } from '../../../../src/sync/git/ssh/builtin-host-keys.ts';
import { fingerprint } from '../../../../src/sync/git/ssh/host-key.ts';
import { findKnownHost } from '../../../../src/sync/git/ssh/known-hosts.ts';

const github = [
  '+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
  'p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM',
  'uNiVztksCsDhcc0u9e8BujQXVUpKZIDTMczCvj3tD2s',
];
const gitlab = [
  'eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8',
  'HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw',
  'ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ',
];
const bitbucket = [
  'ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM',
  'FC73VB6C4OQLSCrjEayhMp9UMxS97caD/Yyi2bhW/J0',
  '46OSHA1Rmj8E8ERTC6xkNcmGOw9oFxYr0WF6zWW8l1E',
];
const azure = ['ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og'];

test.for([
  ['github.com', github],
  ['[ssh.github.com]:443', github],
  ['gitlab.com', gitlab],
  ['[altssh.gitlab.com]:443', gitlab],
  ['bitbucket.org', bitbucket],
  ['ssh.dev.azure.com', azure],
  ['vs-ssh.visualstudio.com', azure],
  ['[github.com]:2222', []],
  ['github.com.example.org', []],
] as const)('%s has the keys that are published', ([host, wanted]) => {
  const found = publishedHostKeys.map(({ lines }) => findKnownHost(lines, host));
  const shown = found.flatMap(({ keys }) => keys.map(({ blob }) => fingerprint(blob)));
  expect(shown).toEqual(wanted.map((each) => `SHA256:${each}`));
  expect(found.flatMap(({ ignored }) => ignored)).toEqual([]);
});

test('each entry names the page of its owner', () => {
  for (const { publishedAt } of publishedHostKeys) {
    expect(new URL(publishedAt).hostname).toMatch(/(?:github|gitlab|atlassian|microsoft)\.com$/);
  }
});
