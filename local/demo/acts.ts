// The demo's acts in order. Each shows what a user types and checks what must have happened.

import { until } from '../until.ts';
import { createNarrator, type Narrator } from './narrator.ts';
import { access, configName, deploymentYaml, gitConfigYaml, namespace, workloadName } from './objects.ts';
import type { Stage } from './stage.ts';

export type Act = { readonly name: string; readonly play: () => Promise<void> };

const replicas = 3;
const deadlineSeconds = 120;

export function acts(stage: Stage, signal: AbortSignal, narrator: Narrator = createNarrator()): Act[] {
  const real = stage.cluster.nodes === 'real';
  const waiting = { signal, seconds: deadlineSeconds };

  const typed = async (args: string, input?: string): Promise<string> => {
    narrator.command(`kubectl ${args}`);
    const output = await stage.kubectl(args.split(' '), input === undefined ? { signal } : { input, signal });
    narrator.output(output);
    return output;
  };
  const applied = async (yaml: string): Promise<void> => {
    narrator.output(yaml);
    await typed('apply -f -', yaml);
  };
  const quiet = (args: string): Promise<string> => stage.kubectl(args.split(' '), { signal });
  const push = async (coins: number): Promise<string> => {
    const file = 'envs/prod/shop/html/index.html';
    const message = `Tea is ${coins} coins now`;
    narrator.command(`sed -i 's/Tea is . coins/Tea is ${coins} coins/' ${file}`);
    narrator.command(`git commit -am "${message}" && git push`);
    return stage.workTree.push({ file, from: /Tea is \d+ coins/, to: `Tea is ${coins} coins`, message });
  };
  const showPage = async (coins: number): Promise<void> => {
    const wanted = `Tea is ${coins} coins`;
    const words = (html: string): string => /Tea is[^<]*/.exec(html)?.[0] ?? html;
    const page = await until(`the page that says "${wanted}"`, waiting, async () => {
      const html = await currentPage();
      if (html.includes(wanted)) return html;
      throw new Error(`it says "${words(html)}"`);
    });
    narrator.output(words(page));
  };
  // On a real node the page comes from nginx; otherwise from the ConfigMap that the newest Pod mounts.
  const currentPage = async (): Promise<string> => {
    if (real) {
      const path = `/api/v1/namespaces/${namespace}/services/${workloadName}:80/proxy/`;
      narrator.command(`kubectl get --raw ${path}`);
      return quiet(`get --raw ${path}`);
    }
    return quiet(`-n ${namespace} get configmap ${configName}-${await runningHash()} -o yaml`);
  };
  const runningHash = async (): Promise<string> => {
    const column = `{.items[*].metadata.annotations.hash\\.confroll\\.dev/${configName}}`;
    const hashes = new Set(
      (await quiet(`-n ${namespace} get pods -l app=web -o jsonpath=${column}`)).split(' '),
    );
    const [hash = '', ...others] = hashes;
    if (others.length > 0) throw new Error('the rollout is under way');
    return hash;
  };
  const rolledOut = async (): Promise<void> => {
    await typed(`-n ${namespace} rollout status deployment/${workloadName} --timeout=${deadlineSeconds}s`);
  };
  const readyAt = async (commit: string): Promise<void> => {
    await until(`GitConfig ${configName} at ${commit.slice(0, 7)}`, waiting, async () => {
      const text = await quiet(`-n ${namespace} get gitconfig ${configName} -o jsonpath={.status.revision}`);
      return text.endsWith(commit);
    });
    narrator.command(`kubectl -n ${namespace} wait gitconfig/${configName} --for=condition=Ready`);
    narrator.output(
      await quiet(
        `-n ${namespace} wait gitconfig/${configName} --for=condition=Ready --timeout=${deadlineSeconds}s`,
      ),
    );
  };
  const held = async (): Promise<string> => {
    const path = `{.metadata.labels.held\\.confroll\\.dev/${configName}}`;
    return quiet(`-n ${namespace} get deployment ${workloadName} -o jsonpath=${path}`);
  };

  return [
    {
      name: 'A GitConfig, and a Deployment with one label',
      async play() {
        narrator.say(
          'The credential for the repository, bound to its host, and the right to read it, are there already.',
        );
        const items = access(stage.source);
        await stage.kubectl(['apply', '-f', '-'], {
          input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
          signal,
        });
        await applied(gitConfigYaml(stage.source.url));
        await typed(
          `-n ${namespace} wait gitconfig/${configName} --for=condition=Ready --timeout=${deadlineSeconds}s`,
        );
        await applied(deploymentYaml(replicas));
        await rolledOut();
        await typed(`-n ${namespace} get pods -l app=web`);
        await showPage(3);
      },
    },
    {
      name: 'A push rolls the workload',
      async play() {
        const commit = await push(4);
        await readyAt(commit);
        await rolledOut();
        await showPage(4);
        await typed(`-n ${namespace} get gitconfig ${configName}`);
        const [pod = ''] = (await quiet(`-n ${namespace} get pods -l app=web -o name`)).trim().split('\n');
        narrator.command(`kubectl -n ${namespace} describe ${pod}`);
        const description = await quiet(`-n ${namespace} describe ${pod}`);
        narrator.output(
          description
            .split('\n')
            .filter((line) => /^(Name|Labels|Annotations):|confroll/.test(line))
            .join('\n'),
        );
        if (!description.includes(commit))
          throw new Error(`kubectl describe ${pod} does not show the commit ${commit}`);
        const sets = await quiet(`-n ${namespace} get replicasets -l app=web -o name`);
        if (sets.trim().split('\n').length !== 2)
          throw new Error(`one push made more than one new ReplicaSet: ${sets}`);
      },
    },
    {
      name: 'kubectl rollout undo brings the old config back, and it is held',
      async play() {
        await typed(`-n ${namespace} rollout undo deployment/${workloadName}`);
        await rolledOut();
        await showPage(3);
        await until('the hold', waiting, async () => (await held()) !== '');
        await typed(`-n ${namespace} get deployment ${workloadName} -L held.confroll.dev/${configName}`);
        await until('the held workload in the status', waiting, async () => {
          const path = '{.status.workloads.held}';
          return (await quiet(`-n ${namespace} get gitconfig ${configName} -o jsonpath=${path}`)) === '1';
        });
        await typed(`-n ${namespace} get gitconfig ${configName}`);
        await typed(`-n ${namespace} get events --field-selector reason=ConfigHeld`);
      },
    },
    {
      name: 'One more push: still held',
      async play() {
        await readyAt(await push(5));
        await showPage(3);
        if ((await held()) === '') throw new Error('the hold ended by itself');
        await typed(`-n ${namespace} get gitconfig ${configName}`);
      },
    },
    {
      name: 'Resume: it moves to the newest',
      async play() {
        await typed(
          `-n ${namespace} label deployment/${workloadName} held.confroll.dev/${configName}- --field-manager=confroll-person`,
        );
        await showPage(5);
        await rolledOut();
        await typed(`-n ${namespace} get gitconfig ${configName}`);
      },
    },
  ];
}
