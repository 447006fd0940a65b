// What is shown to a Git server and what of the server is trusted. Two credentials are the same when their bytes are,
// wherever they come from.
import { createHash } from 'node:crypto';

export type Credential = {
  readonly login: Login;
  readonly tls: TlsMaterial;
  readonly proxy: Proxy | undefined;
};

export type Login =
  | { readonly kind: 'anonymous' }
  /** Value of the Authorization header: basic, token or bearer. */
  | { readonly kind: 'header'; readonly authorization: string }
  | { readonly kind: 'githubApp'; readonly app: GitHubApp }
  | {
      readonly kind: 'ssh';
      /** PEM or OpenSSH format. */
      readonly privateKey: string;
      readonly passphrase: string | undefined;
      /** Lines of a known_hosts file; undefined: only the published keys of the big hosts count. */
      readonly knownHosts: string | undefined;
    };

export type GitHubApp = {
  readonly appId: string;
  /** One of the two is given. */
  readonly installation: { readonly id: string } | { readonly owner: string };
  /** PEM. */
  readonly privateKey: string;
  /** Without a slash at the end, such as https://api.github.com. */
  readonly apiUrl: string;
};

/** PEM, each. */
export type TlsMaterial = {
  /** Trusted instead of the well-known authorities. */
  readonly ca: string | undefined;
  /** The client's own certificate and key. */
  readonly client: { readonly certificate: string; readonly key: string } | undefined;
};

export type Proxy = {
  /** http:// or https://, without credentials. */
  readonly url: URL;
  /** Value of the Proxy-Authorization header. */
  readonly authorization: string | undefined;
  /** PEM; of an https:// proxy, trusted beside the well-known authorities. */
  readonly ca?: string | undefined;
};

/** Where each part of a credential comes from, as messages name it, such as `Secret "git-read"`. */
export type Origin = {
  readonly login: string | undefined;
  readonly ca: string | undefined;
  readonly client: string | undefined;
  readonly proxy: string | undefined;
};

/** A digest, so that credentials are in no more places than they must be. */
export function credentialKey(credential: Credential): string {
  return createHash('sha256').update(JSON.stringify(credential)).digest('hex');
}

/** Gives the header to send. Shared by all requests of one connection. */
export type Authorizer = {
  /** Value of the Authorization header; undefined for none. Rejects with a SourceError. */
  header(signal: AbortSignal): Promise<string | undefined>;
  /** The server has refused `refused`: true when another one can be had now, so that one more try makes sense. */
  renew(refused: string | undefined, signal: AbortSignal): Promise<boolean>;
};
