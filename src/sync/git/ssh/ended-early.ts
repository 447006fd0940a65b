// A command that ended before its answer -> what it means for the reader. What the server says is looked at for words that
// are known, and never repeated: it is a stranger's text.
import type { SourceFailure } from '../../source.ts';

export type Ending = {
  /** Of the command; undefined when the server did not tell. */
  readonly exitCode: number | undefined;
  /** What it wrote beside the answer, or instead of one. */
  readonly said: string;
};

// Hosts do not tell apart what is not there and what may not be seen, so that nobody learns names.
const noRepository = [
  // GitHub, Bitbucket Server
  'repository not found',
  // Bitbucket, Gitea, Azure DevOps (TF401019)
  'does not exist',
  // GitLab
  'could not be found',
  // Gitea, sourcehut
  'cannot find repository',
  'no such repository',
  // git itself
  'does not appear to be a git repository',
  'not a git repository',
];
const noAccess = [
  // git itself, Gerrit, GitHub ("Permission to … denied to …")
  'permission denied',
  'denied to',
  // Bitbucket
  'access denied',
  // gitolite
  'denied by',
  // Gitea
  'unauthorized',
  // GitLab
  "don't have permission",
  'not allowed',
];
const noGit = [
  'command not found',
  'git-upload-pack: not found',
  'no such file or directory: git-upload-pack',
];

export function endedEarly(shown: string, { exitCode, said }: Ending): SourceFailure {
  const words = said.toLowerCase();
  const says = (known: readonly string[]): boolean => known.some((each) => words.includes(each));
  const code = exitCode === undefined ? 'no exit code' : `exit code ${exitCode}`;
  if (exitCode === 127 || says(noGit)) {
    return invalid(
      `the server of ${shown} has no git-upload-pack (${code}): check that it serves Git, and spec.source.url`,
    );
  }
  if (says(noRepository)) {
    return notSeen(
      `there is no repository at ${shown}, or this key may not see it (${code}): correct spec.source.url, or give the key read access at the server`,
    );
  }
  if (says(noAccess)) {
    return notSeen(
      `this key may not read ${shown} (${code}): give it read access at the server, or use another key`,
    );
  }
  return {
    kind: 'failed',
    class: 'retry',
    reason: 'ServerError',
    message: `${shown} ended the command before its answer was whole (${code}): look at the Git server's log; it is asked again by itself`,
  };
}

function notSeen(message: string): SourceFailure {
  return { ...invalid(message), about: 'login', of: 'repository' };
}

function invalid(message: string): SourceFailure {
  return { kind: 'failed', class: 'person', reason: 'InvalidSource', message };
}
