// The API server's refusals as one error class, so that callers decide by status code and reason.

export type KubeErrorDetails = {
  /** HTTP status code; 0 when no answer came. */
  readonly status: number;
  /** `reason` of the Status object, such as `AlreadyExists`, `Invalid`, `Expired`; `''` when there is none. */
  readonly reason: string;
  /** What was asked, such as `PATCH deployments prod/api`. */
  readonly request: string;
  /** Milliseconds of a `Retry-After` header. */
  readonly retryAfterMilliseconds?: number | undefined;
};

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly details: KubeErrorDetails;

  constructor(message: string, details: KubeErrorDetails, options?: ErrorOptions) {
    super(`${details.request}: ${message}`, options);
    this.details = details;
  }
}

/** True for a KubeError with one of the given HTTP status codes. */
export function isKubeStatus(error: unknown, ...statuses: readonly number[]): error is KubeError {
  return error instanceof KubeError && statuses.includes(error.details.status);
}
