// The token with which a GitHub App shows who it is to GitHub's API: a JWT that its private key signs.
import { createPrivateKey, sign } from 'node:crypto';
import type { GitHubApp } from '../credential.ts';

// GitHub advises to date it back by a minute, since clocks differ, and takes none that lasts longer than ten minutes.
const backDatedSeconds = 60;
const lifetimeSeconds = 540;

/** `now` in milliseconds since 1970. */
export function signAppToken({ appId, privateKey }: GitHubApp, now: number): string {
  const seconds = Math.floor(now / 1000);
  const claims = { iat: seconds - backDatedSeconds, exp: seconds + lifetimeSeconds, iss: appId };
  const content = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(content), createPrivateKey(privateKey));
  return `${content}.${signature.toString('base64url')}`;
}
