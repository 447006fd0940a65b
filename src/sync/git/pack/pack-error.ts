// What is wrong with a pack, in words that hold nothing of its content.

export class PackError extends Error {
  override readonly name = 'PackError';
  /** `malformed`: cut, damaged or never a pack. `tooLarge`: whole perhaps, and more than is read. */
  readonly kind: 'malformed' | 'tooLarge';

  constructor(kind: PackError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
