// What a server said that is no use to us, before it is known at which address and what for. Its words stay out.

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  /** `refused`: an ERR line. `gaveUp`: an error in the third side band. `malformed`: cut, or none of Git's protocol. */
  readonly kind: 'refused' | 'gaveUp' | 'malformed';

  constructor(kind: ProtocolError['kind'], options?: ErrorOptions) {
    super(kind, options);
    this.kind = kind;
  }
}

export function isRefusal(error: unknown): boolean {
  return error instanceof ProtocolError && error.kind === 'refused';
}
