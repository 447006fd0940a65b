// HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as a table.
import { expect, test } from 'vitest';
import { parseRepositoryAddress } from '../../../../src/api/repository-url.ts';
import {
  type ProxyEnvironment,
  proxyFromEnvironment,
} from '../../../../src/sync/git/http/proxy-environment.ts';

const proxyOf = (environment: ProxyEnvironment, url: string): string | undefined => {
  const address = parseRepositoryAddress(url);
  if (address === undefined) throw new Error(`${url} is no address`);
  const proxy = proxyFromEnvironment(environment, address);
  return proxy && [proxy.url.href, proxy.authorization].filter((each) => each !== undefined).join(' ');
};

const git = 'https://git.example.com/team/config.git';
const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;

test.each<[string, ProxyEnvironment, string, string | undefined]>([
  ['none is named', {}, git, undefined],
  ['an empty one is none', { HTTPS_PROXY: ' ' }, git, undefined],
  ['https', { HTTPS_PROXY: 'http://proxy:3128' }, git, 'http://proxy:3128/'],
  ['small letters', { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:1' }, git, 'http://a:1/'],
  ['an empty small one', { https_proxy: '', HTTPS_PROXY: 'http://b:1' }, git, 'http://b:1/'],
  ['without a scheme', { HTTPS_PROXY: 'proxy:3128' }, git, 'http://proxy:3128/'],
  ['that speaks TLS', { HTTPS_PROXY: 'https://proxy' }, git, 'https://proxy/'],
  ['the other scheme', { HTTP_PROXY: 'http://proxy:1' }, git, undefined],
  ['http', { HTTP_PROXY: 'http://proxy:1' }, 'http://git.local/x', 'http://proxy:1/'],
  ['SSH has none', { HTTPS_PROXY: 'http://proxy:1' }, 'ssh://git@git.example.com/x', undefined],
  ['with a login', { HTTPS_PROXY: 'http://u:p%40w@proxy:1/' }, git, `http://proxy:1/ ${basic('u:p@w')}`],
  ['with a user only', { HTTPS_PROXY: 'http://u@proxy:1' }, git, `http://proxy:1/ ${basic('u:')}`],
])('a proxy: %s', (_, environment, url, expected) => {
  expect(proxyOf(environment, url)).toBe(expected);
});

test.each<[string, string, boolean]>([
  ['', git, false],
  ['*', git, true],
  ['example.com', git, true],
  ['EXAMPLE.com', git, true],
  ['git.example.com', git, true],
  ['other.example.com', git, false],
  ['ample.com', git, false],
  ['.example.com', git, true],
  ['.git.example.com', git, false],
  ['*.example.com', git, true],
  ['*.git.example.com', git, false],
  ['example.com.', git, true],
  ['a.com, b.com,example.com', git, true],
  ['a.com b.com example.com', git, true],
  ['git.example.com:443', git, true],
  ['git.example.com:8443', git, false],
  ['git.example.com:8443', 'https://git.example.com:8443/x', true],
  ['10.0.0.1', 'https://10.0.0.1/x', true],
  ['10.0.0.1', 'https://10.0.0.11/x', false],
  ['10.0.0.1:443', 'https://10.0.0.1/x', true],
  ['10.0.0.1:80', 'https://10.0.0.1/x', false],
  ['10.0.0.0/8', 'https://10.200.3.4/x', true],
  ['10.0.0.0/8', 'https://11.0.0.1/x', false],
  ['10.0.0.0/33', 'https://10.0.0.0/x', false],
  ['10.0.0.0/x', 'https://10.0.0.0/x', false],
  ['0.0.0.0/0', 'https://11.0.0.1/x', true],
  ['::1', 'https://[::1]/x', true],
  ['[::1]', 'https://[::1]/x', true],
  ['[::1]:443', 'https://[::1]/x', true],
  ['[::1]:80', 'https://[::1]/x', false],
  ['fd00::/8', 'https://[fd12::1]/x', true],
  ['fd00::/8', 'https://[fe80::1]/x', false],
  ['10.0.0.0/8', git, false],
  ['0.1', 'https://10.0.0.1/x', false],
])('NO_PROXY %j for %s: %s', (list, url, isExempt) => {
  const proxy = proxyOf({ HTTPS_PROXY: 'http://proxy:1', NO_PROXY: list }, url);
  expect(proxy).toBe(isExempt ? undefined : 'http://proxy:1/');
  if (list === '') return;
  expect(proxyOf({ HTTPS_PROXY: 'http://proxy:1', no_proxy: list, NO_PROXY: 'x' }, url)).toBe(proxy);
});

test.each(['socks5://u:secret@proxy', 'http://u:secret@', 'http://u:secret%zz@proxy', '://secret'])(
  'a malformed one is told by the name of its variable: %s',
  (value) => {
    const ask = () => proxyOf({ HTTPS_PROXY: value }, git);
    expect(ask).toThrow(RangeError);
    expect(ask).toThrow(/^HTTPS_PROXY is no address of a proxy/);
    expect(ask).not.toThrow(/secret|socks/);
  },
);

test('a malformed one does not matter where it is not used', () => {
  expect(proxyOf({ HTTPS_PROXY: '://', NO_PROXY: 'example.com' }, git)).toBeUndefined();
  expect(proxyOf({ HTTP_PROXY: '://' }, git)).toBeUndefined();
});
