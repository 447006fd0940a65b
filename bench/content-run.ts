// The process that bench/content.ts measures: checks, builds and publishes folders of so many files, or makes the very same
// objects with nothing but a create each. It says how long each step took, and what it weighed.
import { readFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { buildContent, type Content } from '../src/content/build-content.ts';
import type { FolderFile } from '../src/content/folder-file.ts';
import { connectionFromKubeconfig } from '../src/kube/connection.ts';
import { createKube } from '../src/kube/http.ts';
import { parseKubeObject } from '../src/kube/parse.ts';
import { resources } from '../src/kube/resources.ts';
import { systemClock } from '../src/lib/clock.ts';
import { publish } from '../src/sync/publish.ts';
import { snapshotObjects } from '../src/sync/snapshot-objects.ts';
import { validateAside } from '../src/sync/validate/validate-aside.ts';

const [, , kubeconfig = '', subject = '', counted = ''] = argv;
if (!['confroll', 'floor'].includes(subject)) throw new Error('usage: started by bench/content.ts');
const warmUps = 2;
const rounds = 8;
const namespace = 'default';
const { signal } = new AbortController();
const kube = createKube(await connectionFromKubeconfig(kubeconfig), {
  clock: systemClock,
  userAgent: 'confroll-bench',
});
const mountPath = '/etc/shop';
const provenance = { config: subject, mountPath, revision: '', author: '', subject: '' };
const steps: { validate: number; build: number; publish: number }[] = [];
let objects = 0;
const resting = memory('VmRSS');

for (let round = 0; round < warmUps + rounds; round += 1) {
  const files = folder(Number(counted), round);
  const startedAt = performance.now();
  if (subject === 'confroll') {
    const rules = { skip: [], required: [], schemas: [] };
    const { errors } = await validateAside({ files, envOnly: [] }, rules, { clock: systemClock }, signal);
    if (errors.length > 0) throw new Error(errors[0]?.message);
  }
  const validatedAt = performance.now();
  const content = accepted(files);
  const builtAt = performance.now();
  objects = content.objects.length;
  await (subject === 'confroll' ? published(content) : created(content));
  const done = performance.now();
  if (round < warmUps) continue;
  steps.push({ validate: validatedAt - startedAt, build: builtAt - validatedAt, publish: done - builtAt });
}
stdout.write(JSON.stringify({ steps, objects, mebibytes: memory('VmHWM') - resting, resting }));
kube.close();

function accepted(files: readonly FolderFile[]): Content {
  const content = buildContent({ files, mountPath });
  if (content.kind !== 'ok') throw new Error(content.message);
  return content;
}

async function published(content: Content): Promise<void> {
  const outcome = await publish({ ...provenance, namespace, content, isKnown: () => false }, kube, signal);
  if (outcome.kind !== 'published') throw new Error(outcome.message);
}

async function created(content: Content): Promise<void> {
  for (const { metadata, data, binaryData } of snapshotObjects({ ...provenance, content })) {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, immutable: true, data, binaryData };
    const options = { signal, fieldManager: 'bench' };
    await kube.create({ resource: resources.configMaps, namespace }, body, parseKubeObject, options);
  }
}

/** One KiB each on average, in folders of 50, of the types that are looked into and of others. */
function folder(count: number, round: number): FolderFile[] {
  const line = (at: number): string => `${at % 97} of round ${round}`;
  const lines = Array.from({ length: 40 }, (_, at) => at);
  const kinds = [
    ['yaml', (at: number) => lines.map((each) => `key${each}: "${line(at + each)}"\n`).join('')],
    ['json', (at: number) => JSON.stringify(lines.map((each) => line(at + each)))],
    ['properties', (at: number) => lines.map((each) => `a.key.${each}=${line(at + each)}\n`).join('')],
    ['txt', (at: number) => `${line(at)}\n`.repeat(60)],
  ] as const;
  return Array.from({ length: count }, (_, at) => {
    const [ending, text] = kinds[at % kinds.length] ?? kinds[0];
    return {
      path: Buffer.from(`part-${Math.floor(at / 50)}/file-${at}.${ending}`),
      kind: 'file',
      bytes: Buffer.from(text(at)),
    };
  });
}

function memory(field: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
}
