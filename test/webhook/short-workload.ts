// Workloads in a few words, for tables: which labels are where, which Pins are in the template.
import type { JsonObject } from '../../src/lib/json.ts';
import type { FirstPin, FirstPins } from '../../src/webhook/workload-decision.ts';
import { labelsOf, templateAnnotationsOf, templateLabelsOf } from '../../src/webhook/workload-object.ts';
import { hash12 } from './arbitrary-pods.ts';

export type Texts = Readonly<Record<string, string>>;

export type Short = {
  /** Label confroll.dev/config of the workload. */
  readonly config?: string;
  /** The same of the template. */
  readonly template?: string;
  /** Pins of the template, annotation and label. */
  readonly pins?: Texts;
  /** Other labels of the workload, with `confroll.dev/` or `<sort>.confroll.dev/` in front. */
  readonly labels?: Texts;
  readonly annotations?: Texts;
  readonly image?: string;
  /** Type of the Deployment's strategy. */
  readonly strategy?: string;
};

export const a = hash12('aaaaaaaaaaaa');
export const b = hash12('bbbbbbbbbbbb');
export const c = hash12('cccccccccccc');

export function workloadOf({
  config,
  template,
  pins = {},
  labels = {},
  annotations = {},
  image = '1',
  strategy,
}: Short): JsonObject {
  const pinAnnotations = renamed(pins, (name) => `hash.confroll.dev/${name}`);
  const pinLabels = renamed(pins, (name) => `pin.confroll.dev/${name}`);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      labels: { team: 'x', ...optIn(config), ...renamed(labels, fullKey) },
    },
    spec: {
      ...(strategy === undefined ? {} : { strategy: { type: strategy } }),
      template: {
        metadata: {
          labels: { app: 'web', ...optIn(template), ...pinLabels },
          annotations: { ...renamed(annotations, fullKey), ...pinAnnotations },
        },
        spec: { containers: [{ name: 'app', image }] },
      },
    },
  };
}

/** The same short form of a workload; Pins whose label differs from the annotation show as `annotation/label`. */
export function shortOf(workload: JsonObject): Short {
  const { 'confroll.dev/config': config, team: _, ...labels } = labelsOf(workload);
  const { 'confroll.dev/config': template, app: __, ...pinLabels } = templateLabelsOf(workload);
  const pins: Record<string, string> = {};
  const annotations: Record<string, string> = {};
  for (const [key, value] of Object.entries(templateAnnotationsOf(workload))) {
    if (!key.startsWith('hash.')) annotations[shortKey(key)] = value;
    else {
      const label = pinLabels[key.replace('hash.', 'pin.')];
      pins[key.slice('hash.confroll.dev/'.length)] = label === value ? value : `${value}/${label}`;
    }
  }
  for (const [key, value] of Object.entries(pinLabels)) {
    const name = key.slice('pin.confroll.dev/'.length);
    if (pins[name] === undefined) pins[name] = `/${value}`;
  }
  return {
    ...(config === undefined ? {} : { config }),
    ...(template === undefined ? {} : { template }),
    ...(Object.keys(pins).length === 0 ? {} : { pins }),
    ...(Object.keys(labels).length === 0 ? {} : { labels: renamed(labels, shortKey) }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

/** `undefined`: nothing published yet. */
export function firstPins(hashes: Readonly<Record<string, string | undefined>>): FirstPins {
  const entries = Object.entries(hashes).map(([name, hash]): [string, FirstPin] => [
    name,
    hash === undefined
      ? { kind: 'none', why: `GitConfig "${name}" has published nothing`, warning: `${name} is empty` }
      : { kind: 'hash', hash: hash12(hash) },
  ]);
  return new Map(entries);
}

const optIn = (config: string | undefined): Texts =>
  config === undefined ? {} : { 'confroll.dev/config': config };

// `managed` -> confroll.dev/managed, `rolled/shop` -> rolled.confroll.dev/shop
const fullKey = (key: string): string =>
  key.includes('/') ? key.replace('/', '.confroll.dev/') : `confroll.dev/${key}`;
const shortKey = (key: string): string =>
  key.startsWith('confroll.dev/') ? key.slice('confroll.dev/'.length) : key.replace('.confroll.dev/', '/');

function renamed(texts: Texts, name: (key: string) => string): Texts {
  return Object.fromEntries(Object.entries(texts).map(([key, value]) => [name(key), value]));
}
