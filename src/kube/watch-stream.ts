// The body of a watch: one JSON document a line, turned into WatchEvents.
import { isRecord, parseJson } from '../lib/json.ts';
import type { WatchEvent } from './api.ts';
import { KubeError } from './kube-error.ts';

// An object has at most 1.5 MiB in etcd; its JSON with escapes stays below this. More is not a watch.
const maxLineBytes = 16 * 1024 * 1024;

/** Ends with the body; a last line without its end is dropped, as it was cut. Rejects with a KubeError on a line that is no watch event. */
export async function* watchEvents(body: AsyncIterable<unknown>): AsyncGenerator<WatchEvent> {
  for await (const line of lines(body)) {
    if (line !== '') yield parseWatchEvent(line);
  }
}

async function* lines(body: AsyncIterable<unknown>): AsyncGenerator<string> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue;
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...pending, chunk.subarray(from, end)]).toString('utf8');
      pending = [];
      pendingBytes = 0;
      from = end + 1;
    }
    if (from < chunk.length) pending.push(chunk.subarray(from));
    pendingBytes += chunk.length - from;
    if (pendingBytes > maxLineBytes) throw badStream(`a watch event is larger than ${maxLineBytes} bytes`);
  }
}

export function parseWatchEvent(line: string): WatchEvent {
  const event = parseJson(line);
  if (!isRecord(event) || typeof event.type !== 'string' || !isRecord(event.object)) {
    throw badStream('a line of the watch is not a watch event');
  }
  const { type, object } = event;
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object };
    case 'BOOKMARK': {
      const resourceVersion = isRecord(object.metadata) ? object.metadata.resourceVersion : undefined;
      return { type, resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '' };
    }
    case 'ERROR':
      return {
        type,
        code: typeof object.code === 'number' ? object.code : 0,
        message: typeof object.message === 'string' ? object.message : '',
      };
    default:
      throw badStream(`a watch event has the unknown type ${JSON.stringify(type.slice(0, 40))}`);
  }
}

function badStream(message: string): KubeError {
  return new KubeError(message, { status: 0, reason: 'BadAnswer', request: 'WATCH' });
}
