// One command in a channel of a connection: bytes in, bytes out as they are asked for, and how it ended.
import type { ClientChannel } from 'ssh2';
import type { Ending } from './ended-early.ts';
import { unlessAborted } from './unless-aborted.ts';

export type Command = {
  write(bytes: Uint8Array): void;
  /**
   * The next piece of what it answers; undefined at its end. What is not asked for waits at the server, save the two
   * megabytes that the package takes ahead. Rejects with the signal's reason.
   */
  next(signal: AbortSignal): Promise<Buffer | undefined>;
  /** Waits until the server has closed the channel. */
  ending(signal: AbortSignal): Promise<Ending>;
  /** Safe at any time. */
  end(): void;
};

// As much as a message of any host has; a server may say more than is worth keeping.
const saidBytes = 4096;

export function followCommand(channel: ClientChannel): Command {
  let exitCode: number | undefined;
  let said = '';
  let hasEnded = false;
  let isClosed = false;
  let changed = Promise.withResolvers<void>();

  const wake = (): void => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  channel.on('readable', wake);
  channel.on('exit', (code: unknown) => {
    if (typeof code === 'number') exitCode = code;
  });
  channel.on('end', () => {
    hasEnded = true;
    wake();
  });
  channel.on('close', () => {
    isClosed = true;
    wake();
  });
  channel.on('error', wake);
  channel.stderr.on('data', (piece: Buffer) => {
    if (said.length < saidBytes) said += piece.toString('utf8');
  });
  channel.stderr.on('error', () => {});

  return {
    write: (bytes) => void channel.write(bytes),
    async next(signal) {
      for (;;) {
        signal.throwIfAborted();
        const piece: unknown = channel.read();
        if (Buffer.isBuffer(piece)) return piece;
        if (hasEnded || isClosed) return undefined;
        await unlessAborted(changed.promise, signal);
      }
    },
    async ending(signal) {
      while (!isClosed) await unlessAborted(changed.promise, signal);
      return { exitCode, said };
    },
    end() {
      channel.stderr.resume();
      // What still comes is thrown away, or the close of the channel would wait behind it.
      channel.resume();
      channel.destroy();
    },
  };
}
