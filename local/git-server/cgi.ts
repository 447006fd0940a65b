// Answers one HTTP request through `git http-backend` as a CGI program.
import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gitEnvironment } from './git.ts';

/** Serves the repositories below `root`. Resolves when the program has ended; it is ended when `signal` fires or the client leaves. */
export async function answerWithGit(
  request: IncomingMessage,
  response: ServerResponse,
  root: string,
  signal: AbortSignal,
): Promise<void> {
  // A process group of its own, so that git's own children end with it. When this process is killed, their pipes
  // close, and each ends at its next read or write.
  const child = spawn('git', ['http-backend'], { env: cgiEnvironment(request, root), detached: true });
  const end = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It ended between the look and the signal.
    }
  };
  const ended = Promise.withResolvers<void>();
  child.once('close', () => ended.resolve());
  child.once('error', () => ended.resolve());
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  response.once('close', () => {
    if (!response.writableFinished) end();
  });

  child.stderr.resume();
  // A program that has read enough closes its input; its answer says what it thinks of it.
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  forwardAnswer(child.stdout, response);
  await ended.promise;
  signal.removeEventListener('abort', end);
  request.unpipe(child.stdin);
  request.resume();
  if (child.signalCode !== null) response.destroy();
  else if (!response.headersSent) response.writeHead(500).end('git http-backend gave no answer\n');
}

function cgiEnvironment(request: IncomingMessage, root: string): Record<string, string> {
  const url = new URL(request.url ?? '/', 'http://server.invalid');
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    ...gitEnvironment(),
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: header('git-protocol'),
    REQUEST_METHOD: request.method ?? 'GET',
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: header('content-type'),
    // Empty: it reads to the end of a chunked body.
    CONTENT_LENGTH: header('content-length'),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    HTTP_ACCEPT: header('accept'),
    REMOTE_USER: 'git',
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
  };
}

function forwardAnswer(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    output.removeListener('data', onHead);
    writeHead(head.subarray(0, end).toString('latin1'), response);
    response.write(head.subarray(end + 4));
    output.pipe(response);
  };
  output.on('data', onHead);
}

function writeHead(text: string, response: ServerResponse): void {
  let status = 200;
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
