// A workload's change as a JSON patch: a compare-and-set on what the plan was made from, so that an undo, a resume or a
// hold that came in between makes it fail instead of being overwritten.
import { configLabel, hashAnnotation, heldLabel, holdLabel, pinLabel, rolledLabel } from '../api/keys.ts';
import type { PodTemplate } from '../api/objects.ts';
import { jsonPointer, type PatchOperation } from '../lib/json.ts';
import { type ObservedWorkload, pinOf } from './observed-workload.ts';
import type { LabelChange, TemplateChange } from './plan-types.ts';

const templateMetadata = ['spec', 'template', 'metadata'];

/** `template: undefined` is a write of labels only. */
export function workloadPatch(
  workload: ObservedWorkload,
  configs: readonly string[],
  change: { readonly template: TemplateChange | undefined; readonly labels: LabelChange },
): PatchOperation[] {
  const own = workload.metadata.labels;
  const { labels, annotations } = workload.spec.template.metadata ?? {};
  const operations: PatchOperation[] = [test(['metadata', 'uid'], workload.metadata.uid)];
  const tested = [configLabel, ...configs.flatMap((name) => [rolledLabel(name), heldLabel(name)])];
  if (change.template !== undefined && own?.[holdLabel] === undefined) tested.push(holdLabel);
  operations.push(...testEntries(['metadata', 'labels'], own, [...new Set(tested)]));
  const pins = [...configs, ...(change.template?.drop ?? [])].map(hashAnnotation);
  operations.push(...testEntries([...templateMetadata, 'annotations'], annotations, pins));
  operations.push(...setEntries(['metadata', 'labels'], own, change.labels));
  if (change.template === undefined) return operations;
  return [
    ...operations,
    ...setEntries([...templateMetadata, 'annotations'], annotations, annotationsOf(change.template)),
    ...setEntries([...templateMetadata, 'labels'], labels, labelsOf(change.template)),
  ];
}

/** The template that the patch makes. */
export function changedTemplate(template: PodTemplate, change: TemplateChange): PodTemplate {
  return {
    ...template,
    metadata: {
      ...template.metadata,
      labels: merged(template.metadata?.labels, labelsOf(change)),
      annotations: merged(template.metadata?.annotations, annotationsOf(change)),
    },
  };
}

/** Pins of the configs after the change. */
export function changedPins(
  workload: ObservedWorkload,
  configs: readonly string[],
  change: TemplateChange | undefined,
): { config: string; hash: string }[] {
  return configs.flatMap((config) => {
    const hash = change?.pins.find((pin) => pin.config === config)?.to ?? pinOf(workload, config);
    return hash === undefined ? [] : [{ config, hash }];
  });
}

function annotationsOf({ pins, drop }: TemplateChange): LabelChange {
  return {
    ...Object.fromEntries(drop.map((config) => [hashAnnotation(config), undefined])),
    ...Object.fromEntries(pins.map(({ config, to }) => [hashAnnotation(config), to])),
  };
}

function labelsOf({ pins, drop, label }: TemplateChange): LabelChange {
  return {
    ...Object.fromEntries(drop.map((config) => [pinLabel(config), undefined])),
    ...Object.fromEntries(pins.map(({ config, to }) => [pinLabel(config), to])),
    ...(label === undefined ? {} : { [configLabel]: label }),
  };
}

type Entries = Readonly<Record<string, string>> | undefined;

function testEntries(path: readonly string[], entries: Entries, keys: readonly string[]): PatchOperation[] {
  // Below a map that is absent nothing can be tested but the map itself.
  if (entries === undefined) return [test(path, null)];
  return keys.map((key) => test([...path, key], entries[key] ?? null));
}

function setEntries(path: readonly string[], entries: Entries, change: LabelChange): PatchOperation[] {
  const changes = Object.entries(change);
  if (entries === undefined) {
    const value = merged(undefined, change);
    return Object.keys(value).length === 0
      ? []
      : [test(path, null), { op: 'add', path: jsonPointer(path), value }];
  }
  return changes.flatMap(([key, value]): PatchOperation[] => {
    const pointer = jsonPointer([...path, key]);
    if (value !== undefined) return [{ op: 'add', path: pointer, value }];
    return key in entries ? [{ op: 'remove', path: pointer }] : [];
  });
}

function merged(entries: Entries, change: LabelChange): Record<string, string> {
  const result: Record<string, string> = { ...entries };
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) delete result[key];
    else result[key] = value;
  }
  return result;
}

function test(path: readonly string[], value: string | null): PatchOperation {
  return { op: 'test', path: jsonPointer(path), value };
}
