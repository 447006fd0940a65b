// Follows the submodules of one commit: each is read at the commit that is recorded for it, from its own repository.
import { type CommitId, parseCommitId } from '../../../api/identifiers.ts';
import type { RepositoryAddress } from '../../../api/repository-url.ts';
import { showPath } from '../../../content/words.ts';
import type { SourceFailure } from '../../source.ts';
import type { RejectedFolder } from '../folder-words.ts';
import type { FollowSubmodule, ReadFiles } from '../read-folder.ts';
import { parseTree } from '../tree.ts';
import { gitModulesName, parseGitModules } from './git-modules.ts';
import type { Objects } from './objects.ts';
import { submoduleAddress } from './submodule-address.ts';

export type ReadSubmodule = (
  address: RepositoryAddress,
  at: Omit<Parameters<FollowSubmodule>[0], 'commit'> & { readonly commit: CommitId },
) => Promise<ReadFiles | { readonly kind: 'missing' }>;

// Ids are hashes, so there are no cycles; but a chain may be as long as somebody likes, and each link costs requests.
// Nobody nests config deeper than this on purpose.
const maxSubmoduleDepth = 4;

/** `depth`: of the repository whose submodules these are; 0 is the one that a GitConfig names. */
export function followSubmodules(options: {
  readonly objects: Objects;
  readonly root: string;
  readonly address: RepositoryAddress;
  readonly depth: number;
  readonly readSubmodule: ReadSubmodule;
}): FollowSubmodule {
  const { address, depth, readSubmodule } = options;
  let reading: Promise<ReadonlyMap<string, string>> | undefined;

  return async (at) => {
    const name = showPath(at.path);
    if (depth >= maxSubmoduleDepth) {
      return refused(
        `submodule ${name} is more than ${maxSubmoduleDepth} submodules deep; put the files themselves there`,
      );
    }
    reading ??= readGitModules(options.objects, options.root);
    const url = (await reading).get(at.path);
    if (url === undefined) {
      return refused(
        `.gitmodules does not say where submodule ${name} is: commit that file with its url, or remove the submodule`,
      );
    }
    const place = submoduleAddress(url, address);
    if (place.kind === 'unusable') {
      return refused(
        `the url of submodule ${name} in .gitmodules is no address that can be read, or holds a user or password: write it as ${address.scheme}://${address.host}/... or relative, such as ../other.git`,
      );
    }
    if (place.kind === 'otherHost') {
      return refused(
        `submodule ${name} is at ${place.host}, and the credential is for ${address.scheme}://${address.host} alone: put the files themselves there, or move the submodule to that host`,
      );
    }
    const commit = parseCommitId(at.commit);
    if (commit === undefined) return refused(`submodule ${name} has no commit`);
    const read = await readSubmodule(place.address, { ...at, commit });
    if (read.kind === 'missing') return notThere(name, commit, place.address);
    if (read.kind === 'failed' && read.of === 'repository') return noRepository(name, read, place.address);
    return read.kind === 'ok' ? read : { ...read, message: `in submodule ${name}: ${read.message}` };
  };
}

async function readGitModules(objects: Objects, root: string): Promise<ReadonlyMap<string, string>> {
  await objects.need('folder', [root]);
  const tree = objects.get(root);
  const entry =
    tree?.type === 'tree' ? parseTree(tree.bytes).find(({ name }) => gitModulesName.equals(name)) : undefined;
  if (entry === undefined || (entry.kind !== 'file' && entry.kind !== 'executable')) return new Map();
  if ((await objects.need('files', [entry.oid])) === 'tooLarge') return new Map();
  const file = objects.get(entry.oid);
  return file === undefined || file.bytes.length > maxFileBytes
    ? new Map()
    : parseGitModules(file.bytes.toString('utf8'));
}

// Thousands of submodules.
const maxFileBytes = 1024 * 1024;

function refused(message: string): RejectedFolder {
  return { kind: 'rejected', reason: 'UnsupportedFile', message };
}

// The submodules around this one must not take it for their own repository: `of` ends here.
function noRepository(
  name: string,
  { of: _, ...failure }: SourceFailure,
  address: RepositoryAddress,
): SourceFailure {
  return {
    ...failure,
    message: `there is no repository at ${address.text}, where submodule ${name} is, or the credential may not see it: correct the url of the submodule in .gitmodules, or give the credential of spec.source the right to read that repository`,
  };
}

function notThere(name: string, commit: CommitId, address: RepositoryAddress): SourceFailure {
  return {
    kind: 'failed',
    class: 'change',
    reason: 'RefNotFound',
    message: `submodule ${name} is recorded at commit ${commit.slice(0, 7)}, which ${address.text} did not send: push that commit there, record another one, or let the server give commits that no branch or tag is at (uploadpack.allowReachableSHA1InWant)`,
  };
}
