// Which GitConfigs a Pod template (or Pod) asks for, and where each wants to be mounted.
import { isGitConfigName } from './identifiers.ts';
import { additionalConfigsAnnotation, configLabel, mountPathAnnotation } from './keys.ts';

export type RequestedConfig = {
  readonly name: string;
  /** Overrides the GitConfig's own `spec.mountPath`. */
  readonly mountPath: string | undefined;
};

export type RequestedConfigs =
  | { readonly kind: 'ok'; readonly configs: readonly RequestedConfig[] }
  | { readonly kind: 'invalid'; readonly problem: string };

type Metadata = {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
};

/**
 * Reads label and annotations of a template. `label` is the workload's own opt-in, which wins over the template's.
 * Additional configs count only beside an opt-in label: without it nothing of an object is looked at.
 */
export function requestedConfigs(template: Metadata, label?: string): RequestedConfigs {
  const first = label ?? template.labels?.[configLabel];
  if (first === undefined) return { kind: 'ok', configs: [] };
  const configs: RequestedConfig[] = [
    { name: first, mountPath: template.annotations?.[mountPathAnnotation] },
  ];
  const additional = template.annotations?.[additionalConfigsAnnotation] ?? '';
  for (const part of additional.split(',').map((text) => text.trim())) {
    if (part === '') continue;
    const at = part.indexOf('=');
    configs.push(
      at < 0
        ? { name: part, mountPath: undefined }
        : { name: part.slice(0, at).trim(), mountPath: part.slice(at + 1).trim() },
    );
  }
  const problem = firstProblem(configs);
  return problem === undefined ? { kind: 'ok', configs } : { kind: 'invalid', problem };
}

function firstProblem(configs: readonly RequestedConfig[]): string | undefined {
  const seen = new Set<string>();
  for (const { name, mountPath } of configs) {
    if (!isGitConfigName(name)) {
      return `"${name}" is not the name of a GitConfig: a DNS label of at most 52 characters such as "shop" (label ${configLabel}, annotation ${additionalConfigsAnnotation})`;
    }
    if (seen.has(name))
      return `GitConfig "${name}" is named twice in ${configLabel} and ${additionalConfigsAnnotation}; name it once`;
    seen.add(name);
    if (mountPath !== undefined && !isMountPath(mountPath)) {
      return `mount path "${mountPath}" of GitConfig "${name}" must be an absolute path such as /etc/shop, without ':' and '..'`;
    }
  }
  return undefined;
}

function isMountPath(path: string): boolean {
  return path.startsWith('/') && path !== '/' && !path.includes(':') && !path.split('/').includes('..');
}
