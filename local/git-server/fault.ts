// What can go wrong on the way to a server, as data.

export type Fault =
  | { readonly kind: 'pass' }
  /** Nobody listens, and what is open is reset. */
  | { readonly kind: 'refuse' }
  /** Connections are accepted and nothing is ever answered; what is open falls silent, and stays so after the next `set`. */
  | { readonly kind: 'hang' }
  /** Every request is answered so, without asking the target. HTTP only. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: number | string;
      readonly body?: string;
    }
  /** The connection is closed after so many bytes of a response's body; without HTTP: of the answer. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Every request reaches the target this much later; without HTTP: the first bytes of a connection. */
  | { readonly kind: 'delay'; readonly milliseconds: number };

export type FaultProxyOptions = {
  /** `tls`: speak TLS to it and trust this authority (PEM). */
  readonly target: { readonly host: string; readonly port: number; readonly tls?: { readonly ca: string } };
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly port?: number;
  /** Serve TLS with this certificate (PEM), so that requests in it can be told apart. Without it TLS passes untouched. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Which requests `status`, `cut` and `delay` are for, by request line, such as `POST /x HTTP/1.1`; default all. */
  readonly affects?: (requestLine: string) => boolean;
};
