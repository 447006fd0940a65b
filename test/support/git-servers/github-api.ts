// The part of GitHub's API that an App logs in by, as its documentation has it, for a front that stands for the whole host:
// POST /app/installations/{id}/access_tokens with a signed JWT gives a token that ends after an hour.
import { verify } from 'node:crypto';
import { give, type Misbehaviour } from './front.ts';

export type GitHubApi = {
  /** For `misbehave` of a front: what is of Git passes. */
  readonly answers: Misbehaviour;
  /** Public keys of the App, PEM. */
  useKeys(keys: readonly string[]): void;
  /** Undefined: it behaves. */
  misbehave(next: Misbehaviour | undefined): void;
  /** Tokens that were given so far. */
  tokens(): readonly string[];
  /** What the App has shown of itself so far, whatever came of it. */
  jwts(): readonly string[];
};

/** `onToken` is told each token before its client gets it, so that the Git server takes it. */
export function scriptGitHubApi(onToken: (token: string) => void): GitHubApi {
  const tokens: string[] = [];
  const jwts: string[] = [];
  let keys: readonly string[] = [];
  let misbehaviour: Misbehaviour | undefined;
  const answers: Misbehaviour = {
    questions: ['other'],
    onExchange(exchange) {
      const { request, response } = exchange;
      const jwt = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
      if (jwt !== undefined) jwts.push(jwt);
      if (misbehaviour?.onExchange !== undefined) return misbehaviour.onExchange(exchange);
      const isTokens = /^\/api\/v3\/app\/installations\/\d+\/access_tokens$/.test(request.url ?? '');
      if (request.method !== 'POST' || !isTokens) return say(404, { message: 'Not Found' });
      if (!keys.some((key) => isSigned(jwt ?? '', key)))
        return say(401, { message: 'A JSON web token could not be decoded' });
      const token = `ghs_planted${tokens.length}${crypto.randomUUID().replaceAll('-', '')}`;
      tokens.push(token);
      onToken(token);
      return say(201, { token, expires_at: new Date(Date.now() + 3_600_000).toISOString() });

      function say(status: number, body: object): void {
        give(response, { status, type: 'application/json', body: Buffer.from(JSON.stringify(body)) });
      }
    },
  };
  return {
    answers,
    useKeys(next) {
      keys = next;
    },
    misbehave(next) {
      misbehaviour = next;
    },
    tokens: () => tokens,
    jwts: () => jwts,
  };
}

function isSigned(jwt: string, key: string): boolean {
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  return verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'));
}
