// The only reader of flags and environment, in one file, so that a flag's name, meaning and default are found in one place.
// All problems are reported together; the result never changes.
import { parseArgs } from 'node:util';

export type Config =
  | ControllerConfig
  | WebhookConfig
  | { readonly command: 'help' }
  | { readonly command: 'version' };

type Common = {
  /** `all`, or the namespaces that are looked at. */
  readonly namespaces: readonly string[] | 'all';
  /** confroll's own namespace: its Lease, its Secret. */
  readonly namespace: string;
  /** Name of this process in the Lease and in logs. */
  readonly identity: string;
  readonly healthPort: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
};

export type ControllerConfig = Common & {
  readonly command: 'controller';
  /** Undefined: KUBECONFIG, ~/.kube/config or the mounted service account, in this order. */
  readonly kubeconfig: string | undefined;
  readonly serviceAccount: string;
  /** File that says which credentials for Git the operator keeps, and where. */
  readonly gitCredentials: string | undefined;
  /** Bytes of Snapshots beyond which none is kept that nothing needs. */
  readonly budgets: { readonly config: number; readonly namespace: number };
  /** Of these the file may name variables. */
  readonly environment: Environment;
  readonly proxyEnvironment: ProxyEnvironment;
};

export type ProxyEnvironment = { readonly [name in (typeof proxyVariables)[number]]?: string | undefined };

const proxyVariables = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
] as const;

export type WebhookConfig = Common & {
  readonly command: 'webhook';
  readonly port: number;
  readonly serviceName: string;
  /** Host names or addresses that the certificate holds beside the Service's. */
  readonly hosts: readonly string[];
  /** Folder with `token`, `ca.crt` of the service account. */
  readonly serviceAccountDirectory: string;
  readonly apiServer: { readonly host: string; readonly port: string };
  readonly drainSeconds: number;
};

export type ParsedConfig =
  | { readonly kind: 'ok'; readonly config: Config }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

export const usage = `confroll: config from Git to running Pods, safely

  confroll controller   reads Git, publishes Snapshots, rolls workloads (one leader by Lease)
  confroll webhook      mounts Snapshots into Pods at admission (every replica serves)
  confroll version

Both
  --namespaces a,b              look at these namespaces only          (default: all)
  --namespace NS                confroll's own namespace               (default: $POD_NAMESPACE, else confroll-system)
  --health-port N               /healthz /readyz /metrics              (default: 8080; 0 picks a free one)
  --log-level LEVEL             debug, info, warn or error             (default: info)
controller
  --kubeconfig FILE             (default: $KUBECONFIG, ~/.kube/config, or the mounted service account)
  --service-account NAME        named in the command that mends a Secret it may not read (default: confroll-controller)
  --git-credentials FILE        which hosts and namespaces may use which credentials of the operator (default: none)
  --config-budget MIB           Snapshots of a GitConfig; what is needed is kept beyond it  (default: 64)
  --namespace-budget MIB        Snapshots of a namespace; likewise     (default: 256)
  HTTPS_PROXY, HTTP_PROXY and NO_PROXY say how Git is reached
webhook
  --port N                      admission over TLS                     (default: 10250; 0 picks a free one)
  --service-name NAME           Service in front of it                 (default: confroll-webhook)
  --hosts a,b                   further names of its certificate       (default: none)
  --service-account-directory D (default: /var/run/secrets/kubernetes.io/serviceaccount)
  --drain-seconds N             keeps serving this long after SIGTERM  (default: 10)
`;

export function parseConfig(
  args: readonly string[],
  environment: Environment,
  hostName: string,
): ParsedConfig {
  const problems: string[] = [];
  const parsed = parseFlags(args, problems);
  const [command = 'help', ...rest] = parsed.positionals;
  if (rest.length > 0) problems.push(`unexpected argument "${rest.join(' ')}"; see confroll help`);
  if (parsed.values.help === true || command === 'help') return finish({ command: 'help' }, problems);
  if (command === 'version') return finish({ command: 'version' }, problems);
  const read = flagReader(parsed.values, problems);
  const common: Common = {
    namespaces: read.namespaces('namespaces'),
    namespace: read.text('namespace', environment.POD_NAMESPACE ?? 'confroll-system'),
    identity: environment.POD_NAME ?? hostName,
    healthPort: read.port('health-port', 8080),
    logLevel: read.logLevel('log-level'),
  };
  if (command === 'controller') {
    const kubeconfig = read.optional('kubeconfig');
    const serviceAccount = read.text('service-account', 'confroll-controller');
    const gitCredentials = read.path('git-credentials');
    const proxyEnvironment = Object.fromEntries(proxyVariables.map((name) => [name, environment[name]]));
    const budgets = {
      config: read.mebibytes('config-budget', 64),
      namespace: read.mebibytes('namespace-budget', 256),
    };
    const ofGit = { gitCredentials, environment, proxyEnvironment };
    return finish({ ...common, command, kubeconfig, serviceAccount, budgets, ...ofGit }, problems);
  }
  if (command !== 'webhook') {
    problems.push(`unknown command "${command}": write controller, webhook, version or help`);
    return { kind: 'invalid', problems };
  }
  const apiServer = {
    host: environment.KUBERNETES_SERVICE_HOST ?? '',
    port: environment.KUBERNETES_SERVICE_PORT ?? '443',
  };
  if (apiServer.host === '') {
    problems.push(
      'KUBERNETES_SERVICE_HOST is not set: the webhook runs inside a cluster, as its service account',
    );
  }
  return finish(
    {
      ...common,
      command,
      apiServer,
      port: read.port('port', 10_250),
      serviceName: read.text('service-name', 'confroll-webhook'),
      hosts: read.list('hosts'),
      serviceAccountDirectory: read.text(
        'service-account-directory',
        '/var/run/secrets/kubernetes.io/serviceaccount',
      ),
      drainSeconds: read.seconds('drain-seconds', 10),
    },
    problems,
  );
}

const flags = {
  namespaces: { type: 'string' },
  namespace: { type: 'string' },
  'health-port': { type: 'string' },
  'log-level': { type: 'string' },
  kubeconfig: { type: 'string' },
  'service-account': { type: 'string' },
  'git-credentials': { type: 'string' },
  'config-budget': { type: 'string' },
  'namespace-budget': { type: 'string' },
  port: { type: 'string' },
  'service-name': { type: 'string' },
  hosts: { type: 'string' },
  'service-account-directory': { type: 'string' },
  'drain-seconds': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = Readonly<Record<string, string | boolean | undefined>>;

function parseFlags(
  args: readonly string[],
  problems: string[],
): { values: Values; positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options: flags, allowPositionals: true, strict: true });
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    return { values: {}, positionals: args.filter((arg) => !arg.startsWith('-')).slice(0, 1) };
  }
}

function flagReader(values: Values, problems: string[]) {
  const optional = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const number = (name: string, fallback: number, max: number): number => {
    const text = optional(name);
    if (text === undefined) return fallback;
    if (/^[0-9]{1,5}$/.test(text) && Number(text) <= max) return Number(text);
    problems.push(`--${name} must be a whole number from 0 to ${max}, not "${text}"`);
    return fallback;
  };
  const list = (name: string): string[] =>
    (optional(name) ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  return {
    optional,
    list,
    path: (name: string): string | undefined => {
      const text = optional(name);
      if (text === '') problems.push(`--${name} must name a file`);
      return text;
    },
    text: (name: string, fallback: string) => optional(name) ?? fallback,
    port: (name: string, fallback: number) => number(name, fallback, 65_535),
    // Longer than a Pod's usual grace period it could not be kept anyway.
    seconds: (name: string, fallback: number) => number(name, fallback, 600),
    // More than all of etcd is no budget.
    mebibytes: (name: string, fallback: number) => number(name, fallback, 8_192) * 1_048_576,
    namespaces: (name: string): readonly string[] | 'all' => {
      const names = list(name);
      return names.length === 0 ? 'all' : names;
    },
    logLevel: (name: string): Common['logLevel'] => {
      const text = optional(name) ?? 'info';
      if (text === 'debug' || text === 'info' || text === 'warn' || text === 'error') return text;
      problems.push(`--${name} must be debug, info, warn or error, not "${text}"`);
      return 'info';
    },
  };
}

function finish(config: Config, problems: readonly string[]): ParsedConfig {
  return problems.length > 0 ? { kind: 'invalid', problems } : { kind: 'ok', config: Object.freeze(config) };
}
