// A SourceFailure on its way up through code that knows only exceptions.
import type { SourceFailure } from '../source.ts';

export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly failure: SourceFailure;

  constructor(failure: Omit<SourceFailure, 'kind'>, options?: ErrorOptions) {
    super(failure.message, options);
    this.failure = { kind: 'failed', ...failure };
  }
}
