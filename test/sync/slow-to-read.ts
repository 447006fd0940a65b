// A Git server that lists its references at once and takes its time with objects: it answers looks, and reads are slow.
import { setTimeout as wait } from 'node:timers/promises';
import type { GitServer } from '../../local/git-server/server.ts';
import { give, startFront } from '../support/git-servers/front.ts';

export type SlowToRead = {
  /** Of the server, without a slash at the end. */
  readonly url: string;
  /** From the next question for objects on, each waits so long. */
  delay(milliseconds: number): void;
  /** Questions for objects so far. */
  reads(): number;
};

export async function slowToRead(target: GitServer): Promise<SlowToRead & AsyncDisposable> {
  const front = await startFront({ target });
  const over = new AbortController();
  let [milliseconds, reads] = [0, 0];
  front.misbehave({
    questions: ['pack'],
    async onExchange({ response, answer }) {
      reads += 1;
      await wait(milliseconds, undefined, { signal: over.signal });
      give(response, await answer());
    },
  });
  return {
    url: front.url,
    delay(next) {
      milliseconds = next;
    },
    reads: () => reads,
    [Symbol.asyncDispose]() {
      over.abort();
      return front.stop();
    },
  };
}
