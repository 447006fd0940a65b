// What went wrong at a proxy, before anything was said to the server behind it.

export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly kind: 'timeout' | 'status' | 'connection';
  readonly status: number | undefined;

  /** `connection`: the error of the network is the cause. */
  constructor(kind: ProxyError['kind'], of: { readonly status?: number; readonly cause?: unknown } = {}) {
    super(`the proxy failed (${kind})`, { cause: of.cause });
    this.kind = kind;
    this.status = of.status;
  }
}
