// The APIs of GitHub, GitLab and Gitea as far as commit statuses need them, on loopback, made from their documentation. It
// checks what comes as they do, and misbehaves when it is told to.
import { createServer, type IncomingMessage } from 'node:http';
import { isRecord, parseJson } from '../../src/lib/json.ts';

export type CommitStatusApi = {
  /** `http://127.0.0.1:port`: GitHub below /github, GitLab below /gitlab, Gitea below /gitea. */
  readonly url: string;
  readonly host: string;
  /** Statuses that were taken, in order. */
  readonly statuses: readonly TakenStatus[];
  /** Requests so far, refused ones too. */
  requests(): number;
  /** Each further request gets this answer; undefined: it behaves. */
  answer(next: { readonly status: number; readonly headers?: Record<string, string> } | undefined): void;
  stop(): Promise<void>;
};

export type TakenStatus = {
  readonly repository: string;
  readonly commit: string;
  readonly state: string;
  readonly context: string;
  readonly description: string;
};

type Refused = readonly [status: number, body: object];

export async function startCommitStatusApi(token: string): Promise<CommitStatusApi> {
  const statuses: TakenStatus[] = [];
  let count = 0;
  let scripted: { readonly status: number; readonly headers?: Record<string, string> } | undefined;

  const take = (request: IncomingMessage, body: unknown): Refused => {
    const [, kind = '', rest = ''] = /^\/(github|gitlab|gitea)\/(.*)$/.exec(request.url ?? '') ?? [];
    const given = request.headers.authorization;
    const expected = kind === 'gitea' ? `token ${token}` : `Bearer ${token}`;
    if (given !== expected) return [401, { message: 'Bad credentials' }];
    const place =
      kind === 'gitlab'
        ? /^projects\/([^/]+)\/statuses\/([0-9a-f]{40})$/.exec(rest)
        : /^repos\/([^/]+\/[^/]+)\/statuses\/([0-9a-f]{40})$/.exec(rest);
    if (request.method !== 'POST' || place === null) return [404, { message: 'Not Found' }];
    if (request.headers['content-type'] !== 'application/json' || !isRecord(body)) return [400, {}];
    const context = kind === 'gitlab' ? body.name : body.context;
    const { state, description } = body;
    const states = kind === 'gitlab' ? gitLabStates : gitHubStates;
    const longest = kind === 'github' ? 140 : 255;
    if (typeof state !== 'string' || !states.includes(state)) return [422, { message: 'state is invalid' }];
    if (typeof description !== 'string' || description.length > longest || typeof context !== 'string') {
      return [422, { message: `description is too long (maximum is ${longest} characters)` }];
    }
    const [, repository = '', commit = ''] = place;
    const status = { repository: decodeURIComponent(repository), commit, state, context, description };
    const isThere = statuses.some(
      (each) => each.commit === commit && each.context === context && each.state === state,
    );
    if (kind === 'gitlab' && isThere) {
      return [
        400,
        { message: 'Cannot transition status via :run from :running (Reason(s): Status cannot transition)' },
      ];
    }
    statuses.push(status);
    return [201, status];
  };

  const server = createServer(async (request, response) => {
    count += 1;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const [status, body] =
      scripted === undefined
        ? take(request, parseJson(Buffer.concat(pieces).toString('utf8')))
        : ([scripted.status, { message: `echo of ${request.headers.authorization}` }] as const);
    response
      .writeHead(status, { 'content-type': 'application/json', ...scripted?.headers })
      .end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the API has no port');
  const host = `127.0.0.1:${bound.port}`;
  return {
    url: `http://${host}`,
    host,
    statuses,
    requests: () => count,
    answer(next) {
      scripted = next;
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

const gitHubStates = ['error', 'failure', 'pending', 'success'];
const gitLabStates = ['pending', 'running', 'success', 'failed', 'canceled', 'skipped'];
