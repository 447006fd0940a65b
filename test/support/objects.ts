// Objects that tests make: short forms of what a user would write.

export type Labels = Readonly<Record<string, string>>;
export type WorkloadOptions = {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly name: string;
  readonly replicas?: number;
  readonly labels?: Labels;
  readonly templateLabels?: Labels;
  readonly templateAnnotations?: Labels;
  readonly image?: string;
  readonly podSpec?: object;
};

export function workload(options: WorkloadOptions): object {
  const { kind = 'Deployment', name, replicas = 1, image = 'confroll.local/pause:1' } = options;
  const app = { app: name };
  const template = {
    metadata: {
      labels: { ...app, ...options.templateLabels },
      annotations: { ...options.templateAnnotations },
    },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'app', image, imagePullPolicy: 'Never' }],
      ...options.podSpec,
    },
  };
  const own = {
    Deployment: { replicas, strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } },
    StatefulSet: { replicas, serviceName: name },
    DaemonSet: {},
  }[kind];
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, labels: { ...options.labels } },
    spec: { ...own, selector: { matchLabels: app }, template },
  };
}

export type GitConfigOptions = {
  readonly name?: string;
  readonly url: string;
  readonly path?: string;
  readonly branch?: string;
  readonly interval?: string;
  readonly mountPath?: string;
  readonly secret?: string;
  readonly env?: readonly object[];
};

export function gitConfig(options: GitConfigOptions): object {
  const {
    name = 'shop',
    path = 'envs/prod/shop',
    branch = 'main',
    interval = '5s',
    mountPath = '/etc/shop',
    env,
  } = options;
  const secretRef = options.secret === undefined ? {} : { secretRef: { name: options.secret } };
  return {
    apiVersion: 'confroll.dev/v1alpha1',
    kind: 'GitConfig',
    metadata: { name },
    spec: { source: { url: options.url, ref: { branch }, ...secretRef }, path, interval, mountPath, env },
  };
}

/** Called as ours is, with one webhook for Pods at an address where nobody listens unless `webhook` says otherwise. */
export function webhookConfiguration(webhook: object) {
  const pods = {
    name: 'pods.confroll.dev',
    admissionReviewVersions: ['v1'],
    clientConfig: { url: 'https://127.0.0.1:9/pods' },
    sideEffects: 'None',
  };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'confroll' },
    webhooks: [{ ...pods, ...webhook }],
  };
}

export const podCreation = [
  { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
];
