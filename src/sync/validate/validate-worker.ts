// The thread in which a folder is checked: a program of its own, started by validate-aside.ts.
import { parentPort, workerData } from 'node:worker_threads';
import type { ContentError } from '../../content/content-error.ts';
import { validate } from '../../content/validate/validate.ts';
import { isRecord } from '../../lib/json.ts';
import type { Packed } from './packed.ts';

// They go into the memory that all share. Five times what the log shows, and more than anybody counts.
const maxErrors = 1_000;

if (!isOrder(workerData)) throw new TypeError('started without a folder');
const errors = validate(workerData.files, workerData.rules, workerData.envOnly);
parentPort?.postMessage(errors.slice(0, maxErrors).map(cut));

function isOrder(value: unknown): value is Packed['data'] {
  return (
    isRecord(value) && Array.isArray(value.files) && Array.isArray(value.envOnly) && isRecord(value.rules)
  );
}

// More than is shown of any; a schema's pattern may be as long as a file.
function cut(error: ContentError): ContentError {
  return { ...error, message: error.message.slice(0, 4_000) };
}
