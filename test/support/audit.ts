// What the API server's audit log says about requests: who asked what of which object.
import { readFile } from 'node:fs/promises';
import { isRecord, parseJson } from '../../src/lib/json.ts';

export type AuditedRequest = {
  readonly verb: string;
  readonly user: string;
  readonly agent: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uri: string;
  readonly code: number;
  readonly dryRun: boolean;
  readonly at: number;
  readonly annotations: Readonly<Record<string, unknown>>;
};

const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** Requests that were answered since the given time (milliseconds since 1970). */
export async function auditedSince(file: string, since: number): Promise<AuditedRequest[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.flatMap((line) => parseRequest(line) ?? []).filter((request) => request.at >= since);
}

/** Writes that change something, by confroll's own service accounts; its Lease apart. */
export function confrollWrites(requests: readonly AuditedRequest[]): AuditedRequest[] {
  return requests.filter(
    ({ verb, user, resource, dryRun, code }) =>
      writes.has(verb) &&
      user.startsWith('system:serviceaccount:confroll-system:') &&
      resource !== 'leases' &&
      !dryRun &&
      code < 400,
  );
}

function parseRequest(line: string): AuditedRequest | undefined {
  const event = parseJson(line);
  if (!isRecord(event) || event.stage !== 'ResponseComplete') return undefined;
  const user = isRecord(event.user) ? event.user : {};
  const object = isRecord(event.objectRef) ? event.objectRef : {};
  const status = isRecord(event.responseStatus) ? event.responseStatus : {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    verb: text(event.verb),
    user: text(user.username),
    agent: text(event.userAgent),
    resource: text(object.resource),
    subresource: text(object.subresource),
    namespace: text(object.namespace),
    name: text(object.name),
    uri: text(event.requestURI),
    code: typeof status.code === 'number' ? status.code : 0,
    dryRun: text(event.requestURI).includes('dryRun=All'),
    at: Date.parse(text(event.stageTimestamp)),
    annotations: isRecord(event.annotations) ? event.annotations : {},
  };
}
