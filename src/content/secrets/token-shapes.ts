// Tokens and keys that can be told by their shape alone, as those who give them out document them. It is one table: each
// shape begins with what no other string has, and asks for a number of characters, never for as many as there are, so
// that looking takes time in proportion to the text.
import type { Hit } from './find-secrets.ts';
import { isMadeUp } from './made-up.ts';

type Shape = {
  readonly sort: string;
  /** Global. The first group is what must be no example; without a group all of it. */
  readonly shape: RegExp;
  readonly counts?: (match: RegExpExecArray) => boolean;
};

export function* tokens(text: string): Generator<Hit> {
  for (const { sort, shape, counts } of shapes) {
    for (const match of text.matchAll(shape)) {
      if (!isMadeUp(match[1] ?? match[0]) && (counts?.(match) ?? true)) yield { at: match.index, sort };
    }
  }
}

const shapes: readonly Shape[] = [
  // Where the code is.
  { sort: 'a GitHub token', shape: /(?<![A-Za-z0-9])gh[opsur]_([A-Za-z0-9]{36})/g },
  { sort: 'a GitHub token', shape: /(?<![A-Za-z0-9])github_pat_([A-Za-z0-9]{22}_[A-Za-z0-9]{59})/g },
  {
    sort: 'a GitLab token',
    shape: /(?<![A-Za-z0-9])gl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|soat)-([\w-]{20})/g,
  },
  { sort: 'an Atlassian token', shape: /(?<![A-Za-z0-9])ATATT3([\w=-]{150})/g },
  // Where packages and images are.
  { sort: 'an npm token', shape: /(?<![A-Za-z0-9])npm_([A-Za-z0-9]{36})/g },
  { sort: 'an npm token', shape: /:_authToken ?= ?["']?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/g },
  { sort: 'a PyPI token', shape: /(?<![A-Za-z0-9])pypi-AgE([\w-]{50})/g },
  { sort: 'a RubyGems key', shape: /(?<![A-Za-z0-9])rubygems_([0-9a-f]{48})/g },
  { sort: 'a Docker Hub token', shape: /(?<![A-Za-z0-9])dckr_[op]at_([\w-]{27})/g },
  {
    sort: 'a login of a container registry',
    shape: /"auth"\s{0,8}:\s{0,8}"([A-Za-z0-9+/]{8,512}={0,2})"/g,
    counts: ([, encoded = '']) => isLogin(encoded),
  },
  // Clouds.
  { sort: 'an AWS access key', shape: /(?<![A-Za-z0-9/+])A(?:KI|SI)A([A-Z2-7]{16})(?![A-Za-z0-9/+])/g },
  {
    sort: 'a secret access key',
    shape:
      /secret[_-]?(?:access[_-]?)?key["']?\s{0,8}[:=]\s{0,8}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    counts: ([, key = '']) => /[a-z]/.test(key) && /[A-Z]/.test(key) && /[0-9]/.test(key),
  },
  { sort: 'a Google API key', shape: /(?<![A-Za-z0-9])AIza([\w-]{35})(?![\w-])/g },
  { sort: 'a Google OAuth client secret', shape: /(?<![A-Za-z0-9])GOCSPX-([\w-]{28})/g },
  {
    sort: 'a key of Azure Storage or Cosmos DB',
    shape: /(?:[Aa]ccount_?[Kk]ey|ACCOUNT_KEY)["']?\s{0,8}[:=]\s{0,8}["']?([A-Za-z0-9+/]{86})==/g,
  },
  { sort: 'a shared access key of Azure', shape: /SharedAccessKey ?= ?([A-Za-z0-9+/]{43})=/g },
  { sort: 'a shared access signature of Azure', shape: /[?&;]sig=([A-Za-z0-9%/+]{43,80})(?:%3[Dd]|=)/g },
  {
    sort: 'a client secret of Microsoft Entra ID',
    shape: /(?<![\w~.-])([\w~.-]{3}[0-9]Q~[\w~.-]{31})/g,
  },
  { sort: 'a DigitalOcean token', shape: /(?<![A-Za-z0-9])do[opr]_v1_([0-9a-f]{64})/g },
  // Messages, mail and money.
  { sort: 'a Slack token', shape: /(?<![A-Za-z0-9])xox[abeoprs](?:\.xox[bp])?-(\d{1,13}-[\w-]{10})/g },
  { sort: 'a Slack token', shape: /(?<![A-Za-z0-9])xapp-\d-([A-Z0-9]{8,12}-\d{8,14}-[0-9a-f]{32})/g },
  {
    sort: 'the address of a Slack webhook',
    shape:
      /hooks\.slack\.com\/(?:services|workflows)\/(T[A-Z0-9]{8,12}\/[AB][A-Z0-9]{8,12}\/[A-Za-z0-9]{17})/g,
  },
  {
    sort: 'the address of a Discord webhook',
    shape: /discord(?:app)?\.com\/api\/webhooks\/(\d{17,20}\/[\w-]{60})/g,
  },
  { sort: 'a Telegram bot token', shape: /(?<![\w-])\d{8,10}:(AA[\w-]{33})(?![\w-])/g },
  { sort: 'a SendGrid key', shape: /(?<![A-Za-z0-9])SG\.([\w-]{22}\.[\w-]{43})/g },
  // Test keys move no money, and are meant to be shared.
  { sort: 'a live Stripe key', shape: /(?<![A-Za-z0-9])[rs]k_live_([A-Za-z0-9]{16})/g },
  { sort: 'a Shopify token', shape: /(?<![A-Za-z0-9])shp(?:at|ca|pa|ss)_([0-9a-fA-F]{32})/g },
  // Operations.
  { sort: 'a Vault token', shape: /(?<![A-Za-z0-9])hv[bs]\.([\w-]{90})/g },
  // Looked back from what is rare.
  { sort: 'a HCP Terraform token', shape: /\.atlasv1\.(?<=[A-Za-z0-9]{14}\.atlasv1\.)([\w-]{60})/g },
  { sort: 'a Grafana token', shape: /(?<![A-Za-z0-9])glsa_([A-Za-z0-9]{32}_[0-9a-fA-F]{8})/g },
  { sort: 'a New Relic key', shape: /(?<![A-Za-z0-9])NRAK-([A-Z0-9]{27})/g },
  { sort: 'a Databricks token', shape: /(?<![A-Za-z0-9])dapi([0-9a-f]{32})(?![0-9a-f])/g },
  { sort: 'a key of age', shape: /(?<![A-Za-z0-9])AGE-SECRET-KEY-1([02-9AC-HJ-NP-Z]{58})/g },
  // Models.
  { sort: 'an Anthropic key', shape: /(?<![A-Za-z0-9])sk-ant-[a-z]{2,8}\d\d-([\w-]{80})/g },
  { sort: 'an OpenAI key', shape: /(?<![\w-])sk-[\w-]{20,100}?T3BlbkFJ([\w-]{20})/g },
  { sort: 'a Hugging Face token', shape: /(?<![A-Za-z0-9])hf_([A-Za-z]{34})(?![A-Za-z])/g },
  // A JSON Web Token may be for everybody's eyes, as a public key to an API is; these two kinds never are.
  {
    sort: 'a token of a service account',
    shape: /(?<![\w-])eyJ[\w-]{10,400}\.(eyJ[\w-]{10,4000})\.[\w-]{20}/g,
    counts: ([, payload = '']) => claims(payload).includes('kubernetes.io'),
  },
  {
    sort: 'a service role key of Supabase',
    shape: /(?<![\w-])eyJ[\w-]{10,400}\.(eyJ[\w-]{10,4000})\.[\w-]{20}/g,
    counts: ([, payload = '']) => /"role":"service_role"/.test(claims(payload)),
  },
];

function isLogin(encoded: string): boolean {
  const decoded = Buffer.from(encoded, 'base64').toString('latin1');
  return /^[\x21-\x7e]+:[\x21-\x7e]+$/.test(decoded) && !isMadeUp(decoded);
}

function claims(payload: string): string {
  return Buffer.from(payload, 'base64url').toString('utf8');
}
