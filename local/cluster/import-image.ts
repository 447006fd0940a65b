// Gives a docker archive to the containerd of a real node.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { InsideChildren } from './inside-children.ts';

/** Does nothing without a containerd; rejects with its words when it refuses the archive. */
export async function importImage(
  archive: string,
  containerd: readonly string[],
  children: InsideChildren,
): Promise<void> {
  if (containerd.length === 0) return;
  // Through standard input, since the archive may be in a folder that the cluster's namespaces do not show.
  const child = children.spawn(['ctr', ...containerd, '--namespace', 'k8s.io', 'images', 'import', '-']);
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('ctr was started without pipes');
  stdout.resume();
  const [words, [code]] = await Promise.all([
    text(stderr),
    once(child, 'exit'),
    // A broken pipe only repeats what ctr says itself.
    pipeline(createReadStream(archive), stdin).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    }),
  ]);
  if (code !== 0) throw new Error(`containerd did not take the image ${archive}: ${words.trim()}`);
}
