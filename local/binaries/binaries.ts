// Where each program of a cluster is: in the folder of KUBEBUILDER_ASSETS, else in our cache, else built into it.
import { join } from 'node:path';
import { isExecutable } from '../cluster/find-program.ts';
import type { LocalEnvironment } from '../environment.ts';
import { type BuildOptions, buildUnit } from './build-unit.ts';
import { controlPlane, node, simulatedNode, type Unit } from './units.ts';

export type Binaries = { readonly path: (program: string) => string };

const unitsFor: Readonly<Record<'none' | 'simulated' | 'real', readonly Unit[]>> = {
  none: [controlPlane],
  simulated: [controlPlane, simulatedNode],
  real: [controlPlane, node],
};
// A cluster without nodes runs no controllers, so the folder that envtest downloads is enough for it.
const enoughForNone = ['etcd', 'kube-apiserver', 'kubectl'];

/** Rejects with the names of what is missing and what to do. The first call on a machine may take minutes. */
export async function findBinaries(
  nodes: 'none' | 'simulated' | 'real',
  environment: LocalEnvironment,
  options: Omit<BuildOptions, 'cache'>,
): Promise<Binaries> {
  if (environment.assets !== undefined) return fromAssets(environment.assets, nodes);
  const paths = new Map<string, string>();
  for (const unit of unitsFor[nodes]) {
    const folder = await buildUnit(unit, { ...options, cache: environment.cache });
    for (const program of unit.programs) paths.set(program, join(folder, program));
  }
  return {
    path(program) {
      const path = paths.get(program);
      if (path === undefined) throw new Error(`no binary is known for ${program}`);
      return path;
    },
  };
}

function fromAssets(folder: string, nodes: 'none' | 'simulated' | 'real'): Binaries {
  const needed = nodes === 'none' ? enoughForNone : unitsFor[nodes].flatMap((unit) => unit.programs);
  const missing = needed.filter((program) => !isExecutable(join(folder, program)));
  if (missing.length > 0) {
    throw new Error(
      `KUBEBUILDER_ASSETS=${folder} lacks ${missing.join(', ')}, needed for nodes "${nodes}". ` +
        'Put them there, or unset KUBEBUILDER_ASSETS to have everything built from Go modules.',
    );
  }
  return { path: (program) => join(folder, program) };
}
