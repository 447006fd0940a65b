// Admission of Pods: looks the content up, injects it, or refuses with words.
import { type Admission, allow, deny } from './admission-review.ts';
import { inject } from './inject.ts';
import { type PatchReport, patchVerdict } from './patch-verdict.ts';
import { textsAt } from './raw.ts';
import { resolveConfigs } from './resolve.ts';
import type { Sources } from './sources.ts';

export type PodAdmissionDeps = PatchReport & {
  readonly sources: Pick<Sources, 'gitConfig' | 'snapshot'>;
  /** Of confroll; it stands in the `injected` annotation. */
  readonly version: string;
};

const mirrorAnnotation = 'kubernetes.io/config.mirror';

export function createPodAdmission(deps: PodAdmissionDeps): Admission {
  return async (request) => {
    // Volumes and mounts of a Pod never change after it was created.
    if (request.operation !== 'CREATE') return allow();
    if (request.kind !== 'Pod') return deny(`the path /pods is for Pods, not for ${request.kind}`);
    // A kubelet runs it from a file whatever is answered, and a mirror that mounted something would be refused.
    if (mirrorAnnotation in textsAt(request.object, 'metadata', 'annotations')) {
      return allow([], ['static Pods cannot have config from Git: nothing is mounted']);
    }
    const resolution = await resolveConfigs(request.object, request.namespace, deps.sources);
    if (resolution.kind === 'refused') return deny(resolution.message);
    const injection = inject(request.object, resolution.configs, deps.version);
    if (injection.kind === 'conflict') return deny(injection.problem);
    return patchVerdict(request, injection.pod, [], deps);
  };
}
