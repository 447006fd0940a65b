// Material -> a GitHub App that logs in. Its API is on the host that the credential is for, or on api. of it: what is
// bound to a host must not be sent to another one that stands beside it in the same Secret.
import { createPrivateKey } from 'node:crypto';
import type { RepositoryAddress } from '../../api/repository-url.ts';
import { trimEndOf } from '../../lib/trim-end.ts';
import type { GitHubApp, Login } from './credential.ts';
import { type Material, type Reading, read, wrong } from './material.ts';

export function readGitHubApp(material: Material, address: RepositoryAddress): Reading<Login> {
  // Its API speaks TLS only, and the port that the credential is bound to is another one.
  if (address.scheme !== 'https') return wrong('is a GitHub App, which needs an https:// address');
  const appId = material.value('githubAppID');
  const privateKey = material.value('githubAppPrivateKey');
  if (appId === undefined || privateKey === undefined) {
    const lacks = appId === undefined ? 'githubAppID' : 'githubAppPrivateKey';
    return wrong(
      `lacks ${lacks}: a GitHub App needs githubAppID, githubAppPrivateKey, and githubAppInstallationID or githubAppInstallationOwner`,
    );
  }
  // GitHub takes the client ID in place of the number.
  if (!/^[\w.-]{1,100}$/.test(appId)) {
    return wrong('has something else than the number of an app, or its client ID, under githubAppID');
  }
  if (!isRsaKey(privateKey)) {
    return wrong(
      'has no RSA key in PEM, without a passphrase, under githubAppPrivateKey: put the file there that GitHub made for the app',
    );
  }
  const installation = readInstallation(material);
  if (installation.kind === 'problem') return installation;
  const apiUrl = readApiUrl(material.value('githubAppBaseURL'), address);
  if (apiUrl.kind === 'problem') return apiUrl;
  const app = { appId, privateKey, installation: installation.value, apiUrl: apiUrl.value };
  return read({ kind: 'githubApp', app });
}

function readInstallation(material: Material): Reading<GitHubApp['installation']> {
  const id = material.value('githubAppInstallationID');
  const owner = material.value('githubAppInstallationOwner');
  if (id !== undefined && owner !== undefined) {
    return wrong('holds githubAppInstallationID and githubAppInstallationOwner: keep one');
  }
  if (id !== undefined) {
    return /^\d{1,20}$/.test(id) ? read({ id }) : wrong('has no number under githubAppInstallationID');
  }
  if (owner === undefined) {
    return wrong(
      'lacks githubAppInstallationID or githubAppInstallationOwner: where the GitHub App is installed',
    );
  }
  return /^[\w-]{1,100}$/.test(owner)
    ? read({ owner })
    : wrong('has no name of an organization or user under githubAppInstallationOwner');
}

function readApiUrl(given: string | undefined, { host, hostname }: RepositoryAddress): Reading<string> {
  const own = `api.${host}`;
  if (given === undefined) {
    // GitHub's own clouds have their API beside them, an Enterprise Server has it within.
    const isCloud = hostname === 'github.com' || hostname.endsWith('.ghe.com');
    return read(isCloud ? `https://${own}` : `https://${host}/api/v3`);
  }
  const url = URL.parse(given);
  const isPlain = url !== null && url.username === '' && url.password === '' && !/[?#]/.test(given);
  if (!isPlain || url.protocol !== 'https:') {
    return wrong('has no https:// address, without anything but host, port and path, under githubAppBaseURL');
  }
  if (url.host !== host && url.host !== own) {
    return wrong(
      `has an address of another host than ${host} or ${own} under githubAppBaseURL: the key of the app is for these alone`,
    );
  }
  return read(trimEndOf(url.href, '/'));
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
