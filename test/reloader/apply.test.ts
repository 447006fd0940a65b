// The write on a real API server: a compare-and-set that whoever was faster wins.
import { describe, expect, it } from 'vitest';
import { parseKubeObject } from '../../src/kube/parse.ts';
import { workloadResource } from '../../src/kube/resources.ts';
import type { PatchOperation } from '../../src/lib/json.ts';
import { applyChange } from '../../src/reloader/apply.ts';
import { type ObservedWorkload, parseObservedWorkload, pinOf } from '../../src/reloader/observed-workload.ts';
import { hasOtherWriter, lastWriteOfOurs } from '../../src/reloader/pin-writer.ts';
import type { TemplateChange } from '../../src/reloader/plan-types.ts';
import { useApiServer } from '../support/api-server.ts';
import { type WorkloadOptions, workload } from '../support/objects.ts';

const server = useApiServer();
const signal = AbortSignal.timeout(300_000);
const a = 'aaaaaaaaaaaa';
const b = 'bbbbbbbbbbbb';
const held = 'held.confroll.dev/shop';
const rolled = 'rolled.confroll.dev/shop';
const optIn = { 'confroll.dev/config': 'shop' };

const toB = (from: string | undefined): TemplateChange => ({
  pins: [{ config: 'shop', from, to: b, decision: { kind: 'move', row: 'ours', to: b } }],
  label: from === undefined ? 'shop' : undefined,
  drop: [],
});

async function create(options: Partial<WorkloadOptions> = {}): Promise<ObservedWorkload> {
  const namespace = await server().namespace();
  const body = workload({
    name: 'api',
    labels: { ...optIn, [rolled]: a },
    templateLabels: { ...optIn, 'pin.confroll.dev/shop': a },
    templateAnnotations: { 'hash.confroll.dev/shop': a },
    ...options,
  });
  const resource = workloadResource(options.kind ?? 'Deployment');
  return server().kube.create({ resource, namespace }, body, parseObservedWorkload, {
    signal,
    fieldManager: 'user',
  });
}

const refOf = ({ kind, metadata }: ObservedWorkload) => ({
  resource: workloadResource(kind),
  namespace: metadata.namespace,
  name: metadata.name,
});

async function meanwhile(of: ObservedWorkload, ...operations: PatchOperation[]): Promise<ObservedWorkload> {
  const write = { signal, fieldManager: 'kubectl' };
  return server().kube.patch(refOf(of), { kind: 'json', operations }, parseObservedWorkload, write);
}

const move = (of: ObservedWorkload, labels: Record<string, string | undefined> = { [rolled]: b }) =>
  applyChange(server().kube, of, ['shop'], { template: toB(pinOf(of, 'shop')), labels }, signal);

describe.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)('a move of a %s', (kind) => {
  it('writes Pin, label and memory at once', async () => {
    const before = await create({ kind });
    const outcome = await move(before);
    if (outcome.kind !== 'done') throw new Error(outcome.kind);
    const { metadata, spec } = outcome.object;
    expect(pinOf(outcome.object, 'shop')).toBe(b);
    expect(spec.template.metadata?.labels?.['pin.confroll.dev/shop']).toBe(b);
    expect(metadata.labels?.[rolled]).toBe(b);
    expect(metadata.generation).toBe(2);
    expect(lastWriteOfOurs(metadata.managedFields)).toBeGreaterThan(0);
  });
});

describe('a move', () => {
  it('begins on a template without annotations and a workload without labels', async () => {
    const before = await create({ labels: {}, templateLabels: {}, templateAnnotations: {} });
    const outcome = await move(before, { [rolled]: b, 'confroll.dev/managed': 'true' });
    if (outcome.kind !== 'done') throw new Error(outcome.kind);
    expect(outcome.object.spec.template.metadata).toMatchObject({
      labels: { ...optIn, 'pin.confroll.dev/shop': b },
      annotations: { 'hash.confroll.dev/shop': b },
    });
    expect(outcome.object.metadata.labels).toEqual({ [rolled]: b, 'confroll.dev/managed': 'true' });
  });

  const pin = '/spec/template/metadata/annotations/hash.confroll.dev~1shop';
  it.each<[string, PatchOperation]>([
    ['an undo', { op: 'replace', path: pin, value: 'cccccccccccc' }],
    ['a hold', { op: 'add', path: '/metadata/labels/confroll.dev~1hold', value: 'x' }],
    ['a hold of an undo', { op: 'add', path: '/metadata/labels/held.confroll.dev~1shop', value: a }],
    ['an opt-out', { op: 'remove', path: '/metadata/labels/confroll.dev~1config' }],
    ['a lost Pin', { op: 'remove', path: pin }],
    ['lost labels', { op: 'remove', path: '/metadata/labels' }],
  ])('gives way to %s that came in between', async (_, operation) => {
    const before = await create();
    const between = await meanwhile(before, operation);
    const outcome = await move(before);
    expect(outcome).toMatchObject({ kind: 'conflict' });
    const now = await server().kube.get(refOf(before), parseKubeObject, { signal });
    expect(now?.metadata.resourceVersion).toBe(between.metadata.resourceVersion);
  });

  it('does not mind what is none of its business', async () => {
    const before = await create();
    await meanwhile(before, { op: 'replace', path: '/spec/replicas', value: 5 });
    expect((await move(before)).kind).toBe('done');
  });

  it('never reaches another object of the same name', async () => {
    const before = await create();
    await server().kube.delete(refOf(before), { signal });
    expect(await move(before)).toEqual({ kind: 'gone' });
    const { metadata } = before;
    const body = workload({ name: metadata.name, labels: { ...optIn, [rolled]: a } });
    const place = { resource: workloadResource('Deployment'), namespace: metadata.namespace };
    await server().kube.create(place, body, parseObservedWorkload, { signal, fieldManager: 'user' });
    expect((await move(before)).kind).toBe('conflict');
  });

  it('that the API server does not want is told apart from one that was too late', async () => {
    const before = await create();
    const outcome = await move(before, { [rolled]: 'not a label value' });
    expect(outcome.kind).toBe('refused');
  });
});

describe('managedFields', () => {
  it('name nobody but us after a move, and the person after an undo', async () => {
    const before = await create({ templateAnnotations: {} });
    const outcome = await move(before);
    if (outcome.kind !== 'done') throw new Error(outcome.kind);
    expect(hasOtherWriter(outcome.object.metadata.managedFields, 'shop')).toBe(false);
    const path = '/spec/template/metadata/annotations/hash.confroll.dev~1shop';
    const undone = await meanwhile(outcome.object, { op: 'replace', path, value: a });
    expect(hasOtherWriter(undone.metadata.managedFields, 'shop')).toBe(true);
    const marked = await applyChange(
      server().kube,
      undone,
      ['shop'],
      { template: undefined, labels: { [held]: b } },
      signal,
    );
    if (marked.kind !== 'done') throw new Error(marked.kind);
    expect(hasOtherWriter(marked.object.metadata.managedFields, 'shop')).toBe(true);
  });
});
