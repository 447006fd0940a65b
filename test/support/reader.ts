// Applies and reads objects through kubectl, as a user would.
import type { Kubectl } from '../../local/kubectl.ts';
import { isRecord, type JsonObject } from '../../src/lib/json.ts';

export type Reader = {
  readonly kubectl: Kubectl;
  apply(namespace: string, ...objects: object[]): Promise<void>;
  /** One object as JSON; undefined when it is not there. */
  read(namespace: string, kind: string, name: string): Promise<JsonObject | undefined>;
  list(namespace: string, kind: string, selector?: string): Promise<JsonObject[]>;
};

export function createReader(kubectl: Kubectl): Reader {
  return {
    kubectl,
    async apply(namespace, ...items) {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      await kubectl(['-n', namespace, 'apply', '-f', '-'], { input });
    },
    async read(namespace, kind, name) {
      const text = await kubectl(['-n', namespace, 'get', kind, name, '--ignore-not-found', '-o', 'json']);
      const object: unknown = text.trim() === '' ? undefined : JSON.parse(text);
      return isRecord(object) ? object : undefined;
    },
    async list(namespace, kind, selector) {
      const narrowed = selector === undefined ? [] : ['-l', selector];
      const list: unknown = JSON.parse(
        await kubectl(['-n', namespace, 'get', kind, ...narrowed, '-o', 'json']),
      );
      return isRecord(list) && Array.isArray(list.items) ? list.items.filter(isRecord) : [];
    },
  };
}
