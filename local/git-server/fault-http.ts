// What the fault proxy knows of HTTP/1.1: where a request starts, where a body starts, how to answer with a status.
import { STATUS_CODES } from 'node:http';
import type { Fault } from './fault.ts';

/** Undefined for bytes that begin no request: a client sends a head in a write of its own or at the start of one. */
export function requestLine(chunk: Buffer): string | undefined {
  const start = chunk.subarray(0, 8192).toString('latin1');
  return /^[A-Z]+ \S+ HTTP\/1\.[01](?=\r\n)/.exec(start)?.[0];
}

/** A whole response, after which the connection ends. */
export function statusAnswer(fault: Fault & { kind: 'status' }): string {
  const body = fault.body ?? `${fault.status}\n`;
  const lines = [
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status] ?? 'Fault'}`,
    'Content-Type: text/plain',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(fault.retryAfter === undefined ? [] : [`Retry-After: ${fault.retryAfter}`]),
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

export type ResponseCounter = {
  /** How much of the chunk may pass before the body is longer than `limit`. */
  bytesUntil(limit: number, chunk: Buffer): number;
  bodyBytes(): number;
};

export function createResponseCounter(): ResponseCounter {
  let head: Buffer | undefined = Buffer.alloc(0);
  let body = 0;
  return {
    bodyBytes: () => body,
    bytesUntil(limit, chunk) {
      const headBytes = head === undefined ? 0 : restOfHead(head, chunk);
      if (headBytes === undefined) {
        head = Buffer.concat([head ?? Buffer.alloc(0), chunk]);
        return chunk.length;
      }
      head = undefined;
      const passing = Math.min(chunk.length - headBytes, limit - body);
      body += passing;
      return headBytes + passing;
    },
  };
}

// Bytes of the chunk that still belong to the head of the response; undefined: all, and more to come.
function restOfHead(before: Buffer, chunk: Buffer): number | undefined {
  const all = Buffer.concat([before, chunk]);
  if (!all.subarray(0, 5).equals(Buffer.from('HTTP/'))) return 0;
  const end = all.indexOf('\r\n\r\n');
  return end < 0 ? undefined : end + 4 - before.length;
}
