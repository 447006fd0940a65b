// One connection for all conversations of a repository with one key: kept while it is used and a while after.
import type { Connection } from './connection.ts';
import { unlessAborted } from './unless-aborted.ts';

export type Lease = {
  readonly connection: Connection;
  /** It was dialled for this lease: when it fails, another one would fail, too. */
  readonly isFresh: boolean;
  /** Once. `retire`: nobody gets it any more, and it ends when all have given it back. */
  giveBack(retire: boolean): void;
};

export type SharedConnection = {
  borrow(signal: AbortSignal): Promise<Lease>;
  close(): void;
};

type Held = {
  readonly dialled: Promise<Connection>;
  readonly dialling: AbortController;
  connection: Connection | undefined;
  users: number;
  isRetired: boolean;
  timer: NodeJS.Timeout | undefined;
};

export function createSharedConnection(
  dial: (signal: AbortSignal) => Promise<Connection>,
  idleMilliseconds: number,
): SharedConnection {
  const all = new Set<Held>();
  let current: Held | undefined;

  const end = (held: Held): void => {
    clearTimeout(held.timer);
    held.isRetired = true;
    all.delete(held);
    if (current === held) current = undefined;
    held.dialling.abort(new Error('nobody waits for this connection any more'));
    held.connection?.end();
  };

  const start = (): Held => {
    const dialling = new AbortController();
    const held: Held = {
      dialling,
      dialled: dial(dialling.signal),
      connection: undefined,
      users: 0,
      isRetired: false,
      timer: undefined,
    };
    held.dialled.then(
      (connection) => {
        held.connection = connection;
        // Given up just when it stood.
        if (held.isRetired) connection.end();
      },
      () => end(held),
    );
    all.add(held);
    return held;
  };

  const release = (held: Held, retire: boolean): void => {
    held.users -= 1;
    if (retire) held.isRetired = true;
    if (current === held && held.isRetired) current = undefined;
    if (held.users > 0) return;
    if (held.isRetired || held.connection === undefined || held.connection.isLost()) end(held);
    else held.timer = setTimeout(end, idleMilliseconds, held);
  };

  // Others may still be reading what it brought.
  const drop = (held: Held): void => {
    if (held.users === 0) end(held);
    else current = undefined;
  };

  return {
    async borrow(signal) {
      if (current?.connection?.isLost() === true) drop(current);
      const isFresh = current === undefined;
      current ??= start();
      const held = current;
      held.users += 1;
      clearTimeout(held.timer);
      try {
        const connection = await unlessAborted(held.dialled, signal);
        return { connection, isFresh, giveBack: (retire) => release(held, retire) };
      } catch (error) {
        release(held, false);
        throw error;
      }
    },
    close() {
      for (const held of all) end(held);
    },
  };
}
