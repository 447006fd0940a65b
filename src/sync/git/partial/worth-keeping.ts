// PURE: which objects the next reads will want again: those of the folders that are followed, where they were read last
// and in the newest commit.
import type { CommitId } from '../../../api/identifiers.ts';
import { parseTree, type TreeEntry } from '../tree.ts';
import { gitModulesName } from './git-modules.ts';
import { type Commits, lastCommits } from './history.ts';
import type { ObjectStore } from './object-store.ts';
import type { Tip } from './tips.ts';

// Of one repository; a budget bounds what all keep together. What is beyond is asked for again when it is wanted. Config is
// small: a ConfigMap holds 1 MiB, and a few of those fit.
const treeBytes = 2 * 1024 * 1024;
const blobBytes = 2 * 1024 * 1024;
// The subjects of five, and what a few pushes without a read between them bring.
const historyCommits = 16;

/** The tips that matter most first. */
export function worthKeeping(store: ObjectStore, commits: Commits, tips: readonly Tip[]): Set<string> {
  const kept = new Set<string>();
  const blobs = new Map<string, number>();
  let left = treeBytes;

  // Of roots that many folders share.
  const parsed = new Map<string, TreeEntry[]>();
  const keepTree = (oid: string): TreeEntry[] => {
    const object = store.get(oid);
    if (object?.type !== 'tree') return [];
    const entries = parsed.get(oid) ?? parseTree(object.bytes);
    if (!parsed.has(oid) && object.bytes.length <= left) {
      left -= object.bytes.length;
      kept.add(oid);
    }
    parsed.set(oid, entries);
    return entries;
  };
  const noteBlob = (oid: string): void => {
    const object = store.get(oid);
    if (object?.type === 'blob') blobs.set(oid, object.bytes.length);
  };
  // Not the same as being kept: of those on the way down to a folder nothing else is.
  const whole = new Set<string>();
  const keepFolder = (root: string): void => {
    const waiting = [root];
    for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
      if (whole.has(oid)) continue;
      whole.add(oid);
      for (const entry of keepTree(oid)) {
        if (entry.kind === 'folder') waiting.push(entry.oid);
        else noteBlob(entry.oid);
      }
    }
  };

  const keepPath = (commit: CommitId, path: string): void => {
    let tree = commits(commit)?.tree;
    for (const element of path === '' ? [] : path.split('/')) {
      if (tree === undefined) break;
      const name = Buffer.from(element, 'utf8');
      const entries = keepTree(tree);
      for (const entry of entries) if (gitModulesName.equals(entry.name)) noteBlob(entry.oid);
      const entry = entries.find((each) => name.equals(each.name));
      if (entry !== undefined) noteBlob(entry.oid);
      tree = entry?.kind === 'folder' ? entry.oid : undefined;
    }
    if (tree !== undefined) keepFolder(tree);
  };

  for (const { commit, paths } of tips) {
    for (const oid of lastCommits(commits, commit, historyCommits)) kept.add(oid);
    for (const path of paths) keepPath(commit, path);
  }
  // Small ones first: most files for the memory.
  let room = blobBytes;
  for (const [oid, bytes] of [...blobs].sort(([, one], [, other]) => one - other)) {
    room -= bytes;
    if (room < 0) break;
    kept.add(oid);
  }
  return kept;
}
