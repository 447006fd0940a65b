// A signal that fires when the caller's does or when the time is up, whichever is first.

/** The reason of a timeout is a DOMException named TimeoutError. */
export function withDeadline(signal: AbortSignal, milliseconds: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
}
