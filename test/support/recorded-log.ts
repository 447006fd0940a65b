// A log that keeps its lines, so that a test can read them.
import type { Log } from '../../src/lib/log.ts';

export type LogLine = { readonly level: keyof Log; readonly fields: object; readonly message: string };
export type RecordedLog = Log & { readonly lines: readonly LogLine[] };

export function createRecordedLog(): RecordedLog {
  const lines: LogLine[] = [];
  const at = (level: keyof Log) => (fields: object, message: string) => {
    lines.push({ level, fields, message });
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
