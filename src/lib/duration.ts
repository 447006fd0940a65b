// Go durations as Kubernetes writes them: `1h30m`, `45s`, `500ms`.

const unitMilliseconds: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** Milliseconds; undefined for text of any other form. */
export function parseDuration(text: string): number | undefined {
  if (!/^([0-9]+(h|ms|m|s))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, digits = '', unit = ''] of text.matchAll(/([0-9]+)(h|ms|m|s)/g)) {
    total += Number(digits) * (unitMilliseconds[unit] ?? 0);
  }
  return total;
}
