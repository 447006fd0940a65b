// What is under the keys of a Secret -> how to log in, for each kind and each mistake.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseRepositoryAddress } from '../../../src/api/repository-url.ts';
import type { Login } from '../../../src/sync/credentials/credential.ts';
import { readLogin } from '../../../src/sync/credentials/read-login.ts';
import { bearer, passphrase, password, sshKey, token, username } from '../../support/planted.ts';
import { leaks, materialOf, newAppKey, type Values } from './material.ts';

const https = 'https://git.example.com/team/config.git';
const http = 'http://git.example.com/team/config.git';
const ssh = 'ssh://git@git.example.com/team/config.git';
const github = 'https://github.com/team/config.git';
const { privateKey, publicKey } = sshKey();
const privateAppKey = newAppKey();
const knownHosts = 'git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIplantedHostKey';
const app = {
  githubAppID: '1234567',
  githubAppInstallationID: '7654321',
  githubAppPrivateKey: privateAppKey,
};
const basic = (user: string, secret: string): Login => ({
  kind: 'header',
  authorization: `Basic ${btoa(`${user}:${secret}`)}`,
});
const asApp = (apiUrl: string, installation: object = { id: '7654321' }): object => ({
  kind: 'githubApp',
  app: { appId: '1234567', privateKey: privateAppKey.trimEnd(), installation, apiUrl },
});

const read = (values: Values, url: string) => {
  const address = parseRepositoryAddress(url);
  if (address === undefined) throw new Error(`${url} is no address`);
  return readLogin(materialOf(values), address);
};

describe('a login of', () => {
  const openssh = privateKey.trimEnd();
  test.for<[string, Values, string, object]>([
    ['user name and password', { username, password }, https, basic(username, password)],
    ['the same over http://', { username, password }, http, basic(username, password)],
    [
      'lines that end',
      { username: `${username}\n`, password: `${password}\r\n` },
      https,
      basic(username, password),
    ],
    ['a password with a colon and blanks', { username, password: ' a:b ' }, https, basic(username, ' a:b ')],
    ['a token', { token }, https, basic('x-access-token', token)],
    ['a token with a user name', { username, token }, https, basic(username, token)],
    ['a password with a token beside it', { username, password, token }, https, basic(username, password)],
    ['a bearer token', { bearerToken: bearer }, https, { kind: 'header', authorization: `Bearer ${bearer}` }],
    ['an authority alone', { 'ca.crt': 'any' }, https, { kind: 'anonymous' }],
    ['a client certificate alone', { 'tls.crt': 'any', 'tls.key': 'any' }, https, { kind: 'anonymous' }],
    [
      'an SSH key',
      { identity: privateKey, known_hosts: knownHosts, password: passphrase },
      ssh,
      { kind: 'ssh', privateKey: openssh, passphrase, knownHosts },
    ],
    [
      "an SSH key in Kubernetes' kind of Secret",
      { 'ssh-privatekey': privateKey, passphrase },
      'git@git.example.com:team/config.git',
      { kind: 'ssh', privateKey: openssh, passphrase, knownHosts: undefined },
    ],
    ['an app on GitHub', app, github, asApp('https://api.github.com')],
    ['an app on an Enterprise Server', app, https, asApp('https://git.example.com/api/v3')],
    ['an app on a port', app, 'https://git.example.com:8443/x', asApp('https://git.example.com:8443/api/v3')],
    [
      'an app on GitHub with data residency',
      app,
      'https://shop.ghe.com/x',
      asApp('https://api.shop.ghe.com'),
    ],
    [
      'an app of an owner, with the address of its API',
      {
        githubAppID: '1234567',
        githubAppInstallationOwner: 'team',
        githubAppPrivateKey: privateAppKey,
        githubAppBaseURL: 'https://api.git.example.com/',
      },
      https,
      asApp('https://api.git.example.com', { owner: 'team' }),
    ],
  ])('%s', ([, values, url, login]) => {
    expect(read(values, url)).toEqual({ kind: 'ok', value: login });
  });
});

describe('refused in words is', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  });
  test.for<[string, Values, string, RegExp]>([
    ['nothing', {}, https, /^lacks the keys that are needed: .*username and password, or token/],
    ['an unknown key', { user: username }, https, /^lacks the keys/],
    ['a user name alone', { username }, https, /^has username without password or token/],
    ['a password alone', { password }, https, /^has password without username/],
    ['a user name with a colon', { username: 'planted:user', password }, https, /colon in username/],
    ['empty values', { username: '\n', password: '' }, https, /^lacks the keys/],
    ['both kinds of tokens', { token, bearerToken: bearer }, https, /^holds token and bearerToken.*keep one/],
    [
      'a password and a bearer token',
      { username, password, bearerToken: bearer },
      https,
      /^holds password and bearerToken/,
    ],
    ['a bearer token in two lines', { bearerToken: `${bearer}\n${bearer}` }, https, /line break/],
    ['an app and a token', { ...app, token }, github, /^holds token and githubAppID.*keep one/],
    [
      'an SSH key for https',
      { identity: privateKey, username, password },
      https,
      /^holds identity, which is for SSH/,
    ],
    [
      'an SSH key for http',
      { 'ssh-privatekey': privateKey },
      http,
      /^holds ssh-privatekey, which is for SSH/,
    ],
    [
      'a password for SSH',
      { username, password },
      ssh,
      /^holds username and password without a key.*identity/,
    ],
    ['a token for SSH', { token }, ssh, /^holds token, which is for https:\/\/.*identity/],
    ['a token beside an SSH key', { token, identity: privateKey }, ssh, /^holds token, which is for https/],
    ['an app for SSH', app, ssh, /^holds githubAppID.*which is for https/],
    ['host keys alone', { known_hosts: knownHosts }, ssh, /^lacks the keys.*identity/],
    [
      'two SSH keys',
      { identity: privateKey, 'ssh-privatekey': privateKey },
      ssh,
      /keep the one that is meant/,
    ],
    ['a public key', { identity: publicKey }, ssh, /^has a public key under identity/],
    ['half an SSH key', { identity: privateKey.slice(0, 200) }, ssh, /^has no private key under identity/],
    [
      'an app without its key',
      { githubAppID: '1', githubAppInstallationID: '2' },
      github,
      /^lacks githubAppPrivateKey/,
    ],
    ['an app without its number', { githubAppPrivateKey: privateAppKey }, github, /^lacks githubAppID/],
    [
      'an app that is installed nowhere',
      { githubAppID: '1', githubAppPrivateKey: privateAppKey },
      github,
      /^lacks githubAppInstallationID or/,
    ],
    [
      'an app that is installed twice',
      { ...app, githubAppInstallationOwner: 'planted-owner' },
      github,
      /keep one/,
    ],
    [
      'words for the number of the app',
      { ...app, githubAppID: 'planted / app' },
      github,
      /under githubAppID/,
    ],
    [
      'words for the number of the installation',
      { ...app, githubAppInstallationID: 'planted-install' },
      github,
      /no number under githubAppInstallationID/,
    ],
    [
      'a path for an owner',
      { ...app, githubAppInstallationID: '', githubAppInstallationOwner: '../planted' },
      github,
      /under githubAppInstallationOwner/,
    ],
    [
      'an app with a key of another kind',
      { ...app, githubAppPrivateKey: String(ec) },
      github,
      /^has no RSA key/,
    ],
    ['an app over http', app, http, /needs an https:/],
    [
      'an API of another host',
      { ...app, githubAppBaseURL: 'https://api.planted.example' },
      github,
      /another host than github\.com or api\.github\.com/,
    ],
    [
      'an API whose name only ends alike',
      { ...app, githubAppBaseURL: 'https://evilapi.github.com.planted' },
      github,
      /another host/,
    ],
    [
      'an API on another port',
      { ...app, githubAppBaseURL: 'https://api.github.com:8443' },
      github,
      /another host/,
    ],
    ['an API without TLS', { ...app, githubAppBaseURL: 'http://api.github.com' }, github, /no https:/],
    [
      'an API with a login',
      { ...app, githubAppBaseURL: 'https://planted-user@api.github.com' },
      github,
      /no https:/,
    ],
  ])('%s', ([, values, url, words]) => {
    const reading = read(values, url);
    expect(reading).toEqual({ kind: 'problem', problem: expect.stringMatching(words) });
    expect(leaks(JSON.stringify(reading), values)).toEqual([]);
  });
});
