// PURE: how a cron schedule is written, for the API server and for who reads it. Numbers out of range are the reader's.

// Macros such as @daily, `?`, `L`, `W`, `#` and seconds are something else to every program that knows them.
const number = '[0-9]{1,2}';
const month = `(?:${number}|(?i:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC))`;
const weekday = `(?:${number}|(?i:SUN|MON|TUE|WED|THU|FRI|SAT))`;

/** Minute, hour, day of the month, month, day of the week. An expression of RE2 and of JavaScript. */
export const schedulePattern = `^${[number, number, number, month, weekday].map(field).join(' ')}$`;

function field(value: string): string {
  const item = `(?:[*](?:/${number})?|${value}|${value}-${value}(?:/${number})?)`;
  return `${item}(?:,${item})*`;
}
