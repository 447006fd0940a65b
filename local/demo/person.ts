// What the person of the demo does: types commands, pushes, looks at the page; and waits for what must follow.
import { until } from '../until.ts';
import type { Narrator } from './narrator.ts';
import { configName, namespace, workloadName } from './objects.ts';
import type { Stage } from './stage.ts';

export type Person = {
  /** Runs kubectl, shown with its output as it comes. */
  types(args: string, input?: string): Promise<string>;
  /** The same, not shown: the demo's own checks. */
  asks(args: string): Promise<string>;
  /** `shown`: what is printed instead, where a secret stands in it. */
  applies(yaml: string, shown?: string): Promise<void>;
  /** Changes the price on the page, commits and pushes; gives the commit's id. */
  pushesPrice(coins: number): Promise<string>;
  /** Looks at the page until it says that price. */
  seesPrice(coins: number): Promise<void>;
  watchesRollout(): Promise<void>;
  /** Waits until the GitConfig is Ready at that commit. */
  seesReady(commit: string): Promise<void>;
  /** The Pin of the Deployment's template. */
  pin(): Promise<string>;
  /** Value of the label of a hold; empty without one. */
  held(): Promise<string>;
  waits(what: string, holds: () => Promise<boolean>): Promise<void>;
};

// Three nginx are replaced in seconds; a machine under load may take many times that.
const deadlineSeconds = 120;

export function createPerson(stage: Stage, signal: AbortSignal, narrator: Narrator): Person {
  const waiting = { signal, seconds: deadlineSeconds };
  const inNamespace = `-n ${namespace}`;
  const timeout = `--timeout=${deadlineSeconds}s`;

  const asks = (args: string): Promise<string> => stage.kubectl(args.split(' '), { signal });
  const types = async (args: string, input?: string): Promise<string> => {
    narrator.command(`kubectl ${args}`);
    const options = { signal, onOutput: narrator.output, ...(input === undefined ? {} : { input }) };
    return stage.kubectl(args.split(' '), options);
  };
  const waits = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    await until(what, waiting, holds);
  };
  const readyCommand = `${inNamespace} wait gitconfig/${configName} --for=condition=Ready ${timeout}`;
  const deploymentField = (path: string): Promise<string> =>
    asks(`${inNamespace} get deployment ${workloadName} -o jsonpath=${path}`);

  return {
    types,
    asks,
    waits,
    async applies(yaml, shown = yaml) {
      narrator.command('kubectl apply -f - <<EOF');
      narrator.output(shown);
      narrator.output('EOF');
      narrator.output(await stage.kubectl(['apply', '-f', '-'], { input: yaml, signal }));
    },
    async pushesPrice(coins) {
      const file = 'envs/prod/shop/html/index.html';
      const message = `Tea is ${coins} coins now`;
      narrator.command(`sed -i 's/Tea is . coins/Tea is ${coins} coins/' ${file}`);
      narrator.command(`git commit -am "${message}" && git push`);
      return stage.workTree.push({ file, from: /Tea is \d+ coins/, to: `Tea is ${coins} coins`, message });
    },
    async seesPrice(coins) {
      const wanted = `Tea is ${coins} coins`;
      const command = pageCommand(stage);
      narrator.command(`kubectl ${command ?? `${inNamespace} get configmap ... -o yaml`}`);
      const words = (page: string): string => /Tea is[^<]*/.exec(page)?.[0] ?? page;
      const page = await until(`the page that says "${wanted}"`, waiting, async () => {
        const text = await asks(command ?? (await mountedConfigMap(asks)));
        if (text.includes(wanted)) return text;
        throw new Error(`it says "${words(text)}"`);
      });
      narrator.output(words(page));
    },
    async watchesRollout() {
      await types(`${inNamespace} rollout status deployment/${workloadName} ${timeout}`);
    },
    async seesReady(commit) {
      await waits(`GitConfig ${configName} at ${commit.slice(0, 7)}`, async () => {
        const revision = await asks(
          `${inNamespace} get gitconfig ${configName} -o jsonpath={.status.revision}`,
        );
        return revision.endsWith(commit);
      });
      await types(readyCommand);
    },
    pin: () => deploymentField(`{.spec.template.metadata.annotations.hash\\.confroll\\.dev/${configName}}`),
    held: () => deploymentField(`{.metadata.labels.held\\.confroll\\.dev/${configName}}`),
  };
}

/** Where nginx can be asked; undefined where Pods do not really run. */
function pageCommand(stage: Stage): string | undefined {
  if (stage.cluster.nodes !== 'real') return undefined;
  return `get --raw /api/v1/namespaces/${namespace}/services/${workloadName}:80/proxy/`;
}

/** Names the ConfigMap that all Pods of the workload mount; throws while they differ. */
async function mountedConfigMap(asks: Person['asks']): Promise<string> {
  const column = `{.items[*].metadata.annotations.hash\\.confroll\\.dev/${configName}}`;
  const hashes = new Set(
    (await asks(`-n ${namespace} get pods -l app=web -o jsonpath=${column}`)).split(' '),
  );
  const [hash = '', ...others] = hashes;
  if (others.length > 0) throw new Error('the rollout is under way');
  return `-n ${namespace} get configmap ${configName}-${hash} -o yaml`;
}
