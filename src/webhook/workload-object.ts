// What admission reads and writes on a workload: its labels, its template's labels and annotations, Pins.
import { type Hash12, parseHash12 } from '../api/identifiers.ts';
import { configLabel, configOfKey, hashAnnotation, pinLabel } from '../api/keys.ts';
import { type RequestedConfigs, requestedConfigs } from '../api/requested-configs.ts';
import type { JsonObject } from '../lib/json.ts';
import { type TextMap, textsAt, withValue } from './raw.ts';

const workloadLabels = ['metadata', 'labels'] as const;
const templateLabels = ['spec', 'template', 'metadata', 'labels'] as const;
const templateAnnotations = ['spec', 'template', 'metadata', 'annotations'] as const;

export const labelsOf = (workload: JsonObject): TextMap => textsAt(workload, ...workloadLabels);
export const templateLabelsOf = (workload: JsonObject): TextMap => textsAt(workload, ...templateLabels);
export const templateAnnotationsOf = (workload: JsonObject): TextMap =>
  textsAt(workload, ...templateAnnotations);

/** `undefined` takes the label away. */
export const withLabel = (workload: JsonObject, key: string, value: string | undefined): JsonObject =>
  withValue(workload, [...workloadLabels, key], value);
export const withTemplateLabel = (workload: JsonObject, key: string, value: string | undefined): JsonObject =>
  withValue(workload, [...templateLabels, key], value);

export function withPin(workload: JsonObject, config: string, pin: Hash12 | undefined): JsonObject {
  const annotated = withValue(workload, [...templateAnnotations, hashAnnotation(config)], pin);
  return withTemplateLabel(annotated, pinLabel(config), pin);
}

/** Undefined also for a value that names no content. */
export const pinOf = (workload: JsonObject, config: string): Hash12 | undefined =>
  parseHash12(templateAnnotationsOf(workload)[hashAnnotation(config)]);

export type OptIn = { readonly ofWorkload: string | undefined; readonly ofTemplate: string | undefined };

export const optInOf = (workload: JsonObject): OptIn => ({
  ofWorkload: labelsOf(workload)[configLabel],
  ofTemplate: templateLabelsOf(workload)[configLabel],
});

/** The label that counts: the workload's if it has one. */
export const countingLabel = ({ ofWorkload, ofTemplate }: OptIn): string | undefined =>
  ofWorkload ?? ofTemplate;

/** What the workload asks for, the label of the workload itself included. */
export function requestedBy(workload: JsonObject): RequestedConfigs {
  const template = { labels: templateLabelsOf(workload), annotations: templateAnnotationsOf(workload) };
  return requestedConfigs(template, labelsOf(workload)[configLabel]);
}

/** Names of the GitConfigs for which the template has a Pin or half of one. */
export function pinnedConfigs(workload: JsonObject): string[] {
  const ofAnnotations = Object.keys(templateAnnotationsOf(workload)).map((key) => configOfKey('hash', key));
  const ofLabels = Object.keys(templateLabelsOf(workload)).map((key) => configOfKey('pin', key));
  return [...new Set([...ofAnnotations, ...ofLabels])].filter((name) => name !== undefined);
}
