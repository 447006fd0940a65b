// One object of each kind that may name a Snapshot, as the API server takes it without any controller or node.

type Template = { readonly metadata: object; readonly spec: object };

export const carriers: Readonly<Record<string, (name: string, hash: string) => object>> = {
  'a paused Deployment': (name, hash) => deployment(name, hash, { paused: true }),
  'a Deployment scaled to zero': (name, hash) => deployment(name, hash, { replicas: 0 }),
  'a StatefulSet with OnDelete': (name, hash) => statefulSet(name, hash, { type: 'OnDelete' }),
  'a StatefulSet with a partition': (name, hash) =>
    statefulSet(name, hash, { type: 'RollingUpdate', rollingUpdate: { partition: 9 } }),
  'a DaemonSet': (name, hash) => ({
    ...meta('apps/v1', 'DaemonSet', name, optIn),
    spec: { selector: { matchLabels: { app: name } }, template: template(name, hash) },
  }),
  'a suspended CronJob with the label in its template alone': (name, hash) => ({
    ...meta('batch/v1', 'CronJob', name),
    spec: {
      suspend: true,
      schedule: '0 0 1 1 *',
      jobTemplate: { spec: { template: jobTemplate(name, hash) } },
    },
  }),
  'a suspended Job with labels of its own': (name, hash) => ({
    ...meta('batch/v1', 'Job', name, { team: 'shop' }),
    spec: { suspend: true, template: jobTemplate(name, hash) },
  }),
  'a workload that is held': (name, hash) => ({
    ...meta('apps/v1', 'Deployment', name, {
      ...optIn,
      'confroll.dev/managed': 'true',
      'held.confroll.dev/shop': hash,
    }),
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: bare(name) },
  }),
  'a workload that has settled on it': (name, hash) => ({
    ...meta('apps/v1', 'Deployment', name, {
      'confroll.dev/managed': 'true',
      'rolled.confroll.dev/shop': hash,
    }),
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: bare(name) },
  }),
  'an old ReplicaSet': (name, hash) => ({
    ...meta('apps/v1', 'ReplicaSet', name, pinned(name, hash).labels),
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: template(name, hash) },
  }),
  'a ReplicaSet whose template has the annotation alone': (name, hash) => ({
    ...meta('apps/v1', 'ReplicaSet', name, { app: name, ...optIn }),
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        ...template(name, hash),
        metadata: { labels: { app: name, ...optIn }, annotations: pinned(name, hash).annotations },
      },
    },
  }),
  'a ReplicaSet that asks for another config first, with the annotation alone': (name, hash) => ({
    ...meta('apps/v1', 'ReplicaSet', name, { app: name, ...otherFirst(hash).labels }),
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        ...template(name, hash),
        metadata: { ...otherFirst(hash), labels: { app: name, ...otherFirst(hash).labels } },
      },
    },
  }),
  'a ControllerRevision that asks for another config first, with the annotation alone': (name, hash) => ({
    ...meta('apps/v1', 'ControllerRevision', name, otherFirst(hash).labels),
    revision: 1,
    data: { spec: { template: { $patch: 'replace', metadata: otherFirst(hash), spec: podSpec } } },
  }),
  'a Deployment that a person has marked as not managed': (name, hash) => ({
    ...meta('apps/v1', 'Deployment', name, { ...optIn, 'confroll.dev/managed': 'false' }),
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: template(name, hash) },
  }),
  'one that asks by its template alone, and is marked so': (name, hash) => ({
    ...meta('apps/v1', 'Deployment', name, { 'confroll.dev/managed': 'false' }),
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: template(name, hash) },
  }),
  'a Deployment that asks by its template alone, and is marked by nobody': (name, hash) => ({
    ...meta('apps/v1', 'Deployment', name),
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: template(name, hash) },
  }),
  'a ReplicaSet without labels of its own': (name, hash) => ({
    ...meta('apps/v1', 'ReplicaSet', name),
    spec: { replicas: 0, selector: { matchLabels: { app: name } }, template: template(name, hash) },
  }),
  'a Pod whose labels somebody has taken off': (name, hash) => ({
    ...meta('v1', 'Pod', name),
    metadata: { name, annotations: pinned(name, hash).annotations },
    spec: podSpec,
  }),
  'an old ControllerRevision': (name, hash) => ({
    ...meta('apps/v1', 'ControllerRevision', name, pinned(name, hash).labels),
    revision: 1,
    data: { spec: { template: { $patch: 'replace', ...template(name, hash) } } },
  }),
  'a Pod of nobody': (name, hash) => ({
    ...meta('v1', 'Pod', name),
    metadata: { name, ...pinned(name, hash) },
    spec: podSpec,
  }),
  'a Pod that has lost the label of its config': (name, hash) => ({
    ...meta('v1', 'Pod', name, { 'pin.confroll.dev/shop': hash }),
    spec: podSpec,
  }),
  'a Pod with the annotation alone': (name, hash) => ({
    ...meta('v1', 'Pod', name),
    metadata: { name, labels: optIn, annotations: pinned(name, hash).annotations },
    spec: podSpec,
  }),
};

const optIn = { 'confroll.dev/config': 'shop' };
const podSpec = { containers: [{ name: 'app', image: 'confroll.local/pause:1' }] };

function pinned(name: string, hash: string) {
  return {
    labels: { app: name, ...optIn, 'pin.confroll.dev/shop': hash },
    annotations: { 'hash.confroll.dev/shop': hash },
  };
}

/** Its own Pin has its label, that of `shop` has lost it: no label of its carrier tells of it. */
function otherFirst(hash: string) {
  return {
    labels: { 'confroll.dev/config': 'other', 'pin.confroll.dev/other': '0'.repeat(12) },
    annotations: {
      'confroll.dev/additional-configs': 'shop',
      'hash.confroll.dev/other': '0'.repeat(12),
      'hash.confroll.dev/shop': hash,
    },
  };
}

function template(name: string, hash: string): Template {
  return { metadata: pinned(name, hash), spec: podSpec };
}

function jobTemplate(name: string, hash: string): Template {
  return { metadata: pinned(name, hash), spec: { ...podSpec, restartPolicy: 'Never' } };
}

function bare(name: string): Template {
  return { metadata: { labels: { app: name } }, spec: podSpec };
}

function meta(apiVersion: string, kind: string, name: string, labels: Readonly<Record<string, string>> = {}) {
  return { apiVersion, kind, metadata: { name, labels } };
}

function deployment(name: string, hash: string, spec: object): object {
  return {
    ...meta('apps/v1', 'Deployment', name, optIn),
    spec: { ...spec, selector: { matchLabels: { app: name } }, template: template(name, hash) },
  };
}

function statefulSet(name: string, hash: string, updateStrategy: object): object {
  return {
    ...meta('apps/v1', 'StatefulSet', name, optIn),
    spec: {
      replicas: 0,
      serviceName: name,
      updateStrategy,
      selector: { matchLabels: { app: name } },
      template: template(name, hash),
    },
  };
}
