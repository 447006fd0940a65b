// A Git server that takes its time with what it is asked: with objects, if nothing else is said, so that it answers looks
// at once and reads are slow.
import { setTimeout as wait } from 'node:timers/promises';
import type { GitServer } from '../../local/git-server/server.ts';
import { give, type Question, startFront } from '../support/git-servers/front.ts';

export type SlowToRead = {
  /** Of the server, without a slash at the end. */
  readonly url: string;
  /** From the next slow question on, each waits so long. */
  delay(milliseconds: number): void;
  /** Slow questions so far. */
  reads(): number;
  /** Those that whoever asked still waits for. */
  open(): number;
};

export async function slowToRead(
  target: GitServer,
  questions: readonly Question[] = ['pack'],
): Promise<SlowToRead & AsyncDisposable> {
  const front = await startFront({ target });
  const over = new AbortController();
  let [milliseconds, reads, open] = [0, 0, 0];
  front.misbehave({
    questions,
    async onExchange({ response, answer }) {
      reads += 1;
      open += 1;
      response.once('close', () => {
        open -= 1;
      });
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
    open: () => open,
    [Symbol.asyncDispose]() {
      over.abort();
      return front.stop();
    },
  };
}
