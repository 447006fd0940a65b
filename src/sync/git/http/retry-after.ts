// How long a server wants to be left alone.

// A server that asks for more is not taken at its word: a day-long silence would hide every other fault.
const maxMilliseconds = 3_600_000;

/** From seconds or an HTTP date; undefined for anything else. */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const milliseconds = /^[0-9]{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  if (Number.isNaN(milliseconds)) return undefined;
  return Math.min(Math.max(milliseconds, 0), maxMilliseconds);
}
