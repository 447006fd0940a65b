// The example of an operator's mount as it comes out of kustomize: the API server takes it, and the controller understands
// flag, file and mounts alike.
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { loadAll } from 'js-yaml';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { isRecord } from '../../src/lib/json.ts';
import { parseOperatorFile } from '../../src/sync/credentials/operator/operator-file.ts';
import { textAt } from '../support/reading.ts';
import { applyCrd, manifests, useApiServer } from './api-server.ts';

const kubectl = useApiServer(applyCrd);

it('components/git-credentials: what is mounted is what the file and the flag name', async () => {
  // kustomize takes no absolute paths.
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'confroll-overlay-'));
  try {
    const to = (path: string): string => relative(folder, join(manifests, path));
    const overlay = `resources: [${to('base')}]\ncomponents: [${to('components/git-credentials')}]\n`;
    await writeFile(join(folder, 'kustomization.yaml'), overlay);
    const rendered = await kubectl()(['kustomize', folder]);
    const apply = ['apply', '--server-side', '--field-manager=confroll-install', '-f', '-'];
    expect(await kubectl()(apply, { input: rendered })).toContain('deployment.apps/confroll-controller');

    const objects: unknown[] = loadAll(rendered);
    const find = (kind: string, name: string): unknown =>
      objects.find((each) => textAt(each, 'kind') === kind && textAt(each, 'metadata', 'name') === name);
    const deployment = find('Deployment', 'confroll-controller');
    const listOf = (...path: (string | number)[]): unknown[] => {
      let value: unknown = deployment;
      for (const key of ['spec', 'template', 'spec', ...path]) {
        value =
          isRecord(value) || Array.isArray(value)
            ? Object.entries(value).find(([each]) => each === String(key))?.[1]
            : undefined;
      }
      return Array.isArray(value) ? value : [];
    };
    const args = listOf('containers', 0, 'args').map(String);
    const parsed = parseConfig(args, {}, 'host');
    const file =
      parsed.kind === 'ok' && parsed.config.command === 'controller' ? parsed.config.gitCredentials : '';
    const text = textAt(find('ConfigMap', 'confroll-git-credentials'), 'data', 'hosts.yaml');
    const list = parseOperatorFile(text ?? '', {});
    if (list.kind === 'invalid') throw new Error(list.problems.join('\n'));

    const mounts = new Map(
      listOf('containers', 0, 'volumeMounts').map((each) => [
        textAt(each, 'mountPath'),
        textAt(each, 'name'),
      ]),
    );
    const volumes = new Map(listOf('volumes').map((each) => [textAt(each, 'name'), each]));
    expect(file).toBe('/etc/confroll/git-credentials/hosts.yaml');
    const ofFile = volumes.get(mounts.get('/etc/confroll/git-credentials'));
    expect(textAt(ofFile, 'configMap', 'name')).toBe('confroll-git-credentials');
    const directories = list.entries.flatMap(({ place }) => (place.kind === 'directory' ? [place.path] : []));
    expect(directories).toHaveLength(1);
    for (const directory of directories) {
      expect(textAt(volumes.get(mounts.get(directory)), 'secret', 'secretName')).toBe(
        'git-credentials-example',
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
