// Our own reader, in a process of its own so that its memory is its own.
import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../../src/lib/json.ts';
import type { Place, Read, Subject } from './subject.ts';

export const confroll: Subject = {
  name: 'confroll',
  async open({ url, path }: Place) {
    const child = fork(join(import.meta.dirname, '../git-reader.ts'), [url, path]);
    const read = async (): Promise<Read> => {
      const answered = Promise.withResolvers<unknown>();
      const ended = (): void => answered.reject(new Error('the reader ended without an answer'));
      child.once('message', answered.resolve);
      child.once('exit', ended);
      child.send('read');
      const answer = await answered.promise;
      child.removeListener('exit', ended);
      if (!isRecord(answer) || !isRecord(answer.files))
        throw new Error(`reading failed: ${JSON.stringify(answer)}`);
      const files = new Map(Object.entries(answer.files).map(([name, text]) => [name, String(text)]));
      return {
        files,
        milliseconds: Number(answer.milliseconds),
        mebibytes: await memoryOf(child.pid, 'VmHWM'),
      };
    };
    await new Promise((resolve) => child.once('message', resolve));
    return {
      resting: await memoryOf(child.pid, 'VmRSS'),
      first: read,
      again: read,
      close: async () => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.disconnect();
        await gone;
      },
    };
  },
};

async function memoryOf(id: number | undefined, field: 'VmHWM' | 'VmRSS'): Promise<number> {
  const status = await readFile(`/proc/${id}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}
