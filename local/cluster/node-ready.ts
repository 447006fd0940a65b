// Reads a Node's own word on whether it takes Pods.
import { isRecord, parseJson } from '../../src/lib/json.ts';

/** True for the JSON of a Node whose condition Ready is True. */
export function isReadyNode(body: string): boolean {
  const node = parseJson(body);
  const status = isRecord(node) && isRecord(node.status) ? node.status : {};
  const conditions = Array.isArray(status.conditions) ? status.conditions.filter(isRecord) : [];
  return conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
}
