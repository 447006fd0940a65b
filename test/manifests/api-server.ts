// An API server for a test file: no nodes, no controllers, nothing of confroll in it yet.
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Cluster, startCluster } from '../../local/cluster.ts';
import { createKubectl, type Kubectl } from '../../local/kubectl.ts';

export const manifests = join(import.meta.dirname, '../../manifests');

/** Registers start and end with vitest; call the result inside tests only. */
export function useApiServer(prepare: (kubectl: Kubectl) => Promise<unknown>): () => Kubectl {
  let cluster: Cluster | undefined;
  let kubectl: Kubectl | undefined;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 'none' });
    kubectl = createKubectl(cluster);
    await prepare(kubectl);
  }, 900_000);
  afterAll(() => cluster?.stop(), 60_000);
  return () => {
    if (kubectl === undefined) throw new Error('the API server is there only inside tests');
    return kubectl;
  };
}

export const applyFolder = (kubectl: Kubectl, folder: string): Promise<string> =>
  kubectl(['apply', '--server-side', '--field-manager=confroll-install', '-k', join(manifests, folder)]);

/** The CRD, ready for objects of its kind. */
export async function applyCrd(kubectl: Kubectl): Promise<void> {
  await applyFolder(kubectl, 'crd');
  await kubectl(['wait', '--for=condition=Established', 'crd/gitconfigs.confroll.dev', '--timeout=30s']);
}

/** What kubectl says when it fails; throws when it does not. */
export async function refusal(run: Promise<string>): Promise<string> {
  const answer = await run.then(
    (output) => ({ output }),
    (error: unknown) => ({ error }),
  );
  if ('output' in answer) throw new Error(`nothing was refused: ${answer.output}`);
  return answer.error instanceof Error ? answer.error.message : String(answer.error);
}
