// One connection through the fault proxy: forwards both ways, and lets each request that starts meet its fault.
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Fault, FaultProxyOptions } from './fault.ts';
import { createResponseCounter, requestLine, statusAnswer } from './fault-http.ts';

export type FaultConnection = {
  /** Nothing passes any more, in either direction, and the connection stays open. */
  silence(): void;
  reset(): void;
};

type Handling = {
  /** What speaks to the client: `raw`, or the TLS on top of it. */
  readonly client: Socket;
  readonly raw: Socket;
  readonly target: FaultProxyOptions['target'];
  readonly silent: boolean;
  /** Asked at the start of each request, and once with undefined when the connection does not speak HTTP. */
  readonly faultFor: (requestLine: string | undefined) => Fault;
};

export function openFaultConnection(handling: Handling): FaultConnection {
  const { client } = handling;
  let upstream: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let fault: Fault | undefined;
  let response = createResponseCounter();
  let silent = handling.silent;
  let ended = false;

  const reset = (): void => {
    clearTimeout(timer);
    if (!handling.raw.destroyed) handling.raw.resetAndDestroy();
    client.destroy();
    upstream?.destroy();
  };
  const upstreamSocket = (): Socket => {
    if (upstream !== undefined) return upstream;
    const socket = dial(handling.target);
    upstream = socket;
    socket.on('error', reset);
    socket.on('data', (chunk: Buffer) => toClient(socket, chunk));
    socket.on('end', () => {
      if (!silent) client.end();
    });
    return socket;
  };
  const resume = (socket: Socket): void => {
    if (!silent) socket.resume();
  };
  const toUpstream = (chunk: Buffer): void => {
    if (upstreamSocket().write(chunk)) return;
    client.pause();
    upstreamSocket().once('drain', () => resume(client));
  };
  const toClient = (from: Socket, chunk: Buffer): void => {
    const rest = fault?.kind === 'cut' ? response.bytesUntil(fault.afterBytes, chunk) : chunk.length;
    if (rest < chunk.length || (fault?.kind === 'cut' && response.bodyBytes() === fault.afterBytes)) {
      from.destroy();
      client.write(chunk.subarray(0, rest), () => client.destroy());
    } else if (!client.write(chunk)) {
      from.pause();
      client.once('drain', () => resume(from));
    }
  };

  client.on('error', reset);
  handling.raw.on('error', reset);
  client.on('close', () => {
    clearTimeout(timer);
    upstream?.destroy();
  });
  client.on('end', () => {
    ended = true;
    // Bytes that are held back come first.
    if (silent || timer !== undefined) return;
    if (upstream === undefined) client.end();
    else upstream.end();
  });
  client.on('data', (chunk: Buffer) => {
    const line = requestLine(chunk);
    const starts = line !== undefined || fault === undefined;
    if (starts) {
      fault = handling.faultFor(line);
      response = createResponseCounter();
    }
    if (fault?.kind === 'status') {
      upstream?.destroy();
      // What is left of the request is read and thrown away: closing on unread bytes would take the answer with it.
      if (starts) client.end(statusAnswer(fault));
    } else if (starts && fault?.kind === 'delay') {
      client.pause();
      timer = setTimeout(() => {
        timer = undefined;
        if (silent) return;
        toUpstream(chunk);
        if (ended) upstreamSocket().end();
        resume(client);
      }, fault.milliseconds);
    } else {
      toUpstream(chunk);
    }
  });

  const silence = (): void => {
    silent = true;
    client.pause();
    upstream?.pause();
  };
  if (silent) silence();
  return { silence, reset };
}

function dial(target: FaultProxyOptions['target']): Socket {
  if (target.tls === undefined) return connectTcp({ ...target, allowHalfOpen: true });
  const name = isIP(target.host) === 0 ? { servername: target.host } : {};
  return connectTls({ host: target.host, port: target.port, ca: target.tls.ca, ...name });
}
