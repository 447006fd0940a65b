// Material -> how to log in at an address. What does not fit the kind of address is refused, not ignored: whoever put it
// there expects it to be used.
import type { RepositoryAddress } from '../../api/repository-url.ts';
import type { Login } from './credential.ts';
import { appKeys, listed, type Material, present, type Reading, read, wrong } from './material.ts';
import { readGitHubApp } from './read-github-app.ts';
import { readSshLogin } from './read-ssh-login.ts';

const expected =
  'an https:// address takes username and password, or token, or bearerToken, or the keys of a GitHub App';

export function readLogin(material: Material, address: RepositoryAddress): Reading<Login> {
  if (address.scheme === 'ssh') return readSshLogin(material);
  const ofSsh = present(material, ['identity', 'ssh-privatekey']);
  if (ofSsh.length > 0) return wrong(`holds ${listed(ofSsh)}, which is for SSH addresses; ${expected}`);
  const app = present(material, appKeys);
  // A token beside a password is mostly the same one under another name; the password counts.
  const kinds = [
    ...present(material, ['password', 'token']).slice(0, 1),
    ...present(material, ['bearerToken']),
    ...app.slice(0, 1),
  ];
  if (kinds.length > 1) {
    return wrong(
      `holds ${listed(kinds)}, which are different ways to log in: keep one and take the others out`,
    );
  }
  if (app.length > 0) return readGitHubApp(material, address);
  return readHeader(material);
}

function readHeader(material: Material): Reading<Login> {
  const [username, password, token, bearerToken] = [
    material.value('username'),
    material.value('password'),
    material.value('token'),
    material.value('bearerToken'),
  ];
  if (username?.includes(':')) return wrong('has a colon in username, which cannot be sent with a password');
  if (bearerToken !== undefined) {
    // A header carries no line break, and the tokens of this kind are ASCII without blanks.
    if (!/^[\x21-\x7e]+$/.test(bearerToken)) {
      return wrong(
        'has a blank, a line break or a character beyond ASCII in bearerToken: put the token alone there',
      );
    }
    return header(`Bearer ${bearerToken}`);
  }
  if (username !== undefined && password !== undefined) return header(basic(username, password));
  // The big hosts take any user name beside a token, and some refuse an empty one.
  if (token !== undefined) return header(basic(username ?? 'x-access-token', token));
  if (username !== undefined) return wrong('has username without password or token: add one of them');
  if (password !== undefined) {
    return wrong('has password without username: add username, or put it under token if it is one');
  }
  if (present(material, ['ca.crt', 'tls.crt', 'tls.key']).length > 0) return read({ kind: 'anonymous' });
  return wrong(`lacks the keys that are needed: ${expected}; for a server without logins ca.crt alone`);
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

function header(authorization: string): Reading<Login> {
  return read({ kind: 'header', authorization });
}
