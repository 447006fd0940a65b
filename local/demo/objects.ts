// The objects of the demo, as a user would write them.

import { dump } from 'js-yaml';

export const namespace = 'shop';
export const configName = 'shop';
export const workloadName = 'web';

export type SourceOptions = {
  readonly url: string;
  readonly host: string;
  readonly username: string;
  readonly password: string;
  readonly caCertificate: string;
};

/** The credential, bound to its host, and the right of the controller to read it. */
export function access(source: SourceOptions): object[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'git-read', namespace, annotations: { 'confroll.dev/git-host': source.host } },
      stringData: { username: source.username, password: source.password, 'ca.crt': source.caCertificate },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'confroll-git-credentials', namespace },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'confroll-git-credentials',
      },
      subjects: [{ kind: 'ServiceAccount', name: 'confroll-controller', namespace: 'confroll-system' }],
    },
  ];
}

/** The same as it is shown: the secret parts are left out. */
export function accessYaml(source: SourceOptions): string {
  const shown = access({ ...source, password: '...', caCertificate: '...' });
  return shown.map((object) => dump(object)).join('---\n');
}

export function gitConfigYaml(url: string): string {
  return `apiVersion: confroll.dev/v1alpha1
kind: GitConfig
metadata: {name: ${configName}, namespace: ${namespace}}
spec:
  source: {url: "${url}", ref: {branch: main}, secretRef: {name: git-read}}
  path: envs/prod/shop
  interval: 5s
  mountPath: /etc/shop
`;
}

export function deploymentYaml(replicas: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${workloadName}, namespace: ${namespace}, labels: {confroll.dev/config: ${configName}}}    # the whole opt-in
spec:
  replicas: ${replicas}
  strategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      securityContext: {runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532}
      terminationGracePeriodSeconds: 2
      containers:
      - name: nginx
        image: confroll.local/nginx:1
        imagePullPolicy: Never
        command: [nginx, -e, /dev/stderr, -c, /etc/shop/nginx.conf]
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
        securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        volumeMounts: [{name: tmp, mountPath: /tmp}]
      volumes: [{name: tmp, emptyDir: {}}]
---
apiVersion: v1
kind: Service
metadata: {name: ${workloadName}, namespace: ${namespace}}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
`;
}
