// PURE: a commit status -> the request that each host's API documents for it.
import type { CommitStatusProvider, CommitStatusSpec } from '../../api/commit-status-spec.ts';
import type { RepositoryAddress } from '../../api/repository-url.ts';
import { trimEndOf } from '../../lib/trim-end.ts';
import type { CommitState, CommitStatus } from './wanted-status.ts';

export type StatusRequest = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Where the API is; undefined when what was given is no address of one. */
export function apiUrlOf(
  spec: CommitStatusSpec,
  { scheme, hostname, host }: RepositoryAddress,
): URL | undefined {
  if (spec.apiUrl !== undefined) return plainUrl(spec.apiUrl);
  // Where Git is asked over SSH, the API is at the usual port of the same host.
  const origin = scheme === 'ssh' ? `https://${hostname}` : `${scheme}://${host}`;
  const isGitHubCloud = hostname === 'github.com' || hostname.endsWith('.ghe.com');
  if (spec.provider === 'GitHub' && isGitHubCloud) return plainUrl(`https://api.${hostname}`);
  return plainUrl(`${origin}${apiPaths[spec.provider]}`);
}

/** Undefined when the path of the repository is not one that the host could have. */
export function statusRequest(
  provider: CommitStatusProvider,
  apiUrl: URL,
  { path }: RepositoryAddress,
  status: CommitStatus,
  told: { readonly context: string; readonly token: string },
): StatusRequest | undefined {
  const parts = path
    .replace(/\.git$/, '')
    .split('/')
    .filter((part) => part !== '')
    .map((part) => encodeURIComponent(decode(part)));
  const [owner, repository] = parts.slice(-2);
  if (owner === undefined || repository === undefined || !/^[0-9a-f]{40}$/.test(status.commit))
    return undefined;
  const place = provider === 'GitLab' ? `projects/${parts.join('%2F')}` : `repos/${owner}/${repository}`;
  const { state, commit } = status;
  const description = cut(status.description, descriptionCharacters[provider]);
  const { context, token } = told;
  const body =
    provider === 'GitLab'
      ? { state: gitLabStates[state], name: context, description }
      : { state, context, description };
  return {
    url: new URL(`${trimEndOf(apiUrl.href, '/')}/${place}/statuses/${commit}`),
    headers: {
      accept: provider === 'GitHub' ? 'application/vnd.github+json' : 'application/json',
      'content-type': 'application/json',
      // Of the three, only Gitea wants another word.
      authorization: `${provider === 'Gitea' ? 'token' : 'Bearer'} ${token}`,
    },
    body: JSON.stringify(body),
  };
}

const apiPaths: Readonly<Record<CommitStatusProvider, string>> = {
  GitHub: '/api/v3',
  GitLab: '/api/v4',
  Gitea: '/api/v1',
};

// GitHub refuses more than 140, GitLab more than 255; Gitea shows them on one line.
const descriptionCharacters: Readonly<Record<CommitStatusProvider, number>> = {
  GitHub: 140,
  GitLab: 255,
  Gitea: 255,
};

const gitLabStates: Readonly<Record<CommitState, string>> = {
  pending: 'pending',
  success: 'success',
  failure: 'failed',
  error: 'failed',
};

function cut(text: string, most: number): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  if (plain.length <= most) return plain;
  let kept = '';
  for (const character of plain) {
    if (kept.length + character.length > most - 3) break;
    kept += character;
  }
  return `${kept}...`;
}

function plainUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    return undefined;
  return /[?#]/.test(text) ? undefined : url;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
