// A time as Kubernetes writes it.

/** RFC 3339 in whole seconds, of milliseconds since 1970. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
