// `spec.commitStatus` of a GitConfig: whether a commit is told at the Git host what became of it.

export type CommitStatusSpec = {
  /** Whose API it is. Forgejo has that of Gitea. */
  readonly provider: CommitStatusProvider;
  /** Without a slash at the end. Default: where the API of the repository's host is. */
  readonly apiUrl?: string;
  /** Secret of the same namespace with a token. Default: what the repository is read with. */
  readonly secretRef?: { readonly name: string };
};

export const commitStatusProviders = ['GitHub', 'GitLab', 'Gitea'] as const;
export type CommitStatusProvider = (typeof commitStatusProviders)[number];
