// The thread in which a folder is checked: a program of its own, started by validate-aside.ts.
import { parentPort, workerData } from 'node:worker_threads';
import type { FolderFile } from '../../content/folder-file.ts';
import type { Rules } from '../../content/validate/rules.ts';
import { validate } from '../../content/validate/validate.ts';
import { isRecord } from '../../lib/json.ts';

if (!isOrder(workerData)) throw new TypeError('started without a folder');
parentPort?.postMessage(validate(workerData.files, workerData.rules));

function isOrder(value: unknown): value is { files: readonly FolderFile[]; rules: Rules } {
  return isRecord(value) && Array.isArray(value.files) && isRecord(value.rules);
}
