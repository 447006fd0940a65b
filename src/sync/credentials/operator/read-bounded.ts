// A file as it is now, if it is a regular one and no longer than it may be. Links are followed: mounted files are links.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode } from '../../../lib/error-code.ts';

export type BoundedFile =
  | { readonly kind: 'ok'; readonly bytes: Buffer }
  | { readonly kind: 'absent' }
  /** `problem` goes on where the file's name ends. */
  | { readonly kind: 'unreadable'; readonly problem: string };

export async function readBounded(path: string, maxBytes: number): Promise<BoundedFile> {
  try {
    // A pipe without a writer would keep a plain open waiting.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) return { kind: 'unreadable', problem: 'is no regular file' };
    // One byte more than may be there: a file that grows meanwhile is seen, and is bounded all the same.
    const buffer = Buffer.alloc(Math.min(stats.size, maxBytes) + 1);
    const { bytesRead } = await file.read({ buffer, position: 0 });
    if (bytesRead > maxBytes) return { kind: 'unreadable', problem: `is longer than ${maxBytes} bytes` };
    if (bytesRead > stats.size) return { kind: 'unreadable', problem: 'is just being written' };
    return { kind: 'ok', bytes: buffer.subarray(0, bytesRead) };
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT'
      ? { kind: 'absent' }
      : { kind: 'unreadable', problem: `cannot be read (${code})` };
  }
}
