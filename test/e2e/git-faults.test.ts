// Whatever the Git server does, the last good config stays, the condition names the cause, and recovery needs nobody.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../local/git-server/fault-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { gitConfig, workload } from '../support/objects.ts';
import { conditionOf, isReady, pinOf, polled, ready, runsOn, textAt } from '../support/reading.ts';
import { useSystem } from '../support/system.ts';

const system = useSystem();
const password = 'a-password-that-must-never-be-seen';

describe('a Git server', () => {
  let namespace = '';
  let proxy: FaultProxy;
  let hash = '';
  let counter = 0;
  const repository = () => system().git.repository('faults');
  const commit = (text: string) => repository().commit({ 'envs/prod/shop/page.txt': `${text}\n` });

  beforeAll(async () => {
    namespace = await system().namespace();
    proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: system().git.port } });
    system().git.setCredentials({ username: 'deploy', password });
    const url = new URL(repository().url);
    url.port = String(proxy.port);
    await system().apply(
      namespace,
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'git-read', annotations: { 'confroll.dev/git-host': `127.0.0.1:${proxy.port}` } },
        stringData: { username: 'deploy', password },
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: 'confroll-git-credentials' },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: 'confroll-git-credentials',
        },
        subjects: [{ kind: 'ServiceAccount', name: 'confroll-controller', namespace: 'confroll-system' }],
      },
      gitConfig({ url: url.href, secret: 'git-read' }),
    );
    hash = await ready(system(), namespace, await commit('good'));
    await system().apply(namespace, workload({ name: 'web', labels: { 'confroll.dev/config': 'shop' } }));
    await runsOn(system(), namespace, 'web', hash);
  });
  afterAll(() => proxy?.stop());

  const refused = async (type: string, reason: string, words: string): Promise<void> => {
    await eventually(
      async () => {
        const config = await system().read(namespace, 'gitconfig', 'shop');
        const condition = conditionOf(config, type);
        if (condition?.status !== 'False' || condition.reason !== reason) {
          throw new Error(`${type} is ${condition?.status} ${condition?.reason}: ${condition?.message}`);
        }
        expect(condition.message).toContain(words);
        expect(conditionOf(config, 'Ready')).toMatchObject({ status: 'False', reason });
        expect(textAt(config, 'status', 'hash')).toBe(hash);
        return true;
      },
      { what: `${type}=False ${reason}`, seconds: 60 },
    );
    expect(pinOf(await system().read(namespace, 'deployment', 'web'))).toBe(hash);
  };
  /** After the fault a commit must come through by itself. */
  const recovered = async (): Promise<void> => {
    counter += 1;
    hash = await polled(system(), namespace, await commit(`recovered ${counter}`));
    await isReady(system(), namespace);
    await runsOn(system(), namespace, 'web', hash);
  };

  it('that is down', async () => {
    await proxy.set({ kind: 'refuse' });
    await refused('Fetched', 'Unreachable', String(proxy.port));
    await proxy.set({ kind: 'pass' });
    await recovered();
  });

  it.each([500, 503])('that answers %i', async (status) => {
    await proxy.set({ kind: 'status', status });
    await refused('Fetched', 'ServerError', String(status));
    await proxy.set({ kind: 'pass' });
    await recovered();
  });

  it('that no longer accepts the credential', async () => {
    system().git.setCredentials({ username: 'deploy', password: 'another' });
    await refused('Fetched', 'AuthenticationFailed', 'git-read');
    system().git.setCredentials({ username: 'deploy', password });
    await recovered();
  });

  it('whose branch is gone', async () => {
    const edit = (branch: string) => patchSpec({ source: { ref: { branch } } });
    await edit('unborn');
    await refused('Fetched', 'RefNotFound', 'unborn');
    await edit('main');
    await recovered();
  });

  it('whose folder is gone', async () => {
    await repository().commit({ 'envs/prod/shop/page.txt': null, 'other/file': 'x' });
    await refused('Published', 'PathNotFound', 'envs/prod/shop');
    await recovered();
  });

  it('that serves a file of 5 MiB', async () => {
    await repository().commit({ 'envs/prod/shop/huge.bin': Buffer.alloc(5 * 1024 * 1024, 7) });
    await refused('Published', 'TooLarge', 'huge.bin');
    await repository().commit({ 'envs/prod/shop/huge.bin': null });
    await recovered();
  });

  it('whose credential is bound to another host', async () => {
    await annotateSecret('git.example.com');
    await refused('Fetched', 'SecretNotBound', 'kubectl');
    await annotateSecret(`127.0.0.1:${proxy.port}`);
    await recovered();
  });

  it('whose Secret the controller may not read', async () => {
    await system().kubectl(['-n', namespace, 'delete', 'rolebinding', 'confroll-git-credentials']);
    await refused('Fetched', 'SecretNotReadable', 'kubectl create rolebinding');
    const config = await system().read(namespace, 'gitconfig', 'shop');
    const message = String(conditionOf(config, 'Fetched')?.message);
    const command =
      /kubectl (create rolebinding .*?--serviceaccount=\S+(?: (?:-n|--namespace)[ =]\S+)?)/.exec(
        message,
      )?.[1];
    expect(command).toBeDefined();
    // The command that the condition prints mends it as it stands.
    await system().kubectl((command ?? '').replaceAll(/[`"';.]+$/g, '').split(' '));
    await recovered();
  });

  it('and no credential stands in any output', async () => {
    const encoded = Buffer.from(`deploy:${password}`).toString('base64');
    const outputs = [
      ...(await Promise.all(
        system()
          .confroll.programs()
          .map((program) => program.log()),
      )),
      ...(await Promise.all(
        system()
          .confroll.programs()
          .map((program) => program.metrics()),
      )),
      JSON.stringify(await system().list(namespace, 'events')),
      JSON.stringify(await system().list(namespace, 'gitconfigs')),
      JSON.stringify(await system().list(namespace, 'configmaps')),
    ];
    for (const output of outputs) {
      expect(output).not.toContain(password);
      expect(output).not.toContain(encoded);
    }
  });

  async function patchSpec(spec: object): Promise<void> {
    await system().kubectl([
      '-n',
      namespace,
      'patch',
      'gitconfig/shop',
      '--type=merge',
      '-p',
      JSON.stringify({ spec }),
    ]);
  }

  async function annotateSecret(host: string): Promise<void> {
    const annotation = `confroll.dev/git-host=${host}`;
    await system().kubectl(['-n', namespace, 'annotate', 'secret/git-read', annotation, '--overwrite']);
  }
});
