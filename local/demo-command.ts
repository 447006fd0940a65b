// `make demo`: a push, the rollout, an undo and a resume on a real local cluster. With --once it checks itself and ends.
import { once } from 'node:events';
import process, { stdout } from 'node:process';
import { parseArgs } from 'node:util';
import type { Nodes } from './cluster.ts';
import { acts } from './demo/acts.ts';
import { createNarrator } from './demo/narrator.ts';
import { namespace } from './demo/objects.ts';
import { buildStage, type Stage } from './demo/stage.ts';

const { values } = parseArgs({
  options: { once: { type: 'boolean', default: false }, nodes: { type: 'string', default: 'real' } },
});
const narrator = createNarrator();
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => interrupted.abort(new Error(`stopped by ${name}`)));
}

process.exitCode = await demo(parseNodes(values.nodes), interrupted.signal);

async function demo(nodes: Nodes, signal: AbortSignal): Promise<number> {
  let step = 'setting the stage';
  let stage: Stage | undefined;
  const started = performance.now();
  try {
    narrator.heading(step);
    stage = await buildStage({ nodes, say: narrator.say, signal });
    for (const missing of stage.cluster.missing) narrator.say(`not shown: ${missing}`);
    if (stage.cluster.nodes !== 'real') {
      narrator.say(
        'not shown: nginx serving the page. Nodes are simulated: the page is read from what each Pod mounts.',
      );
    }
    for (const act of acts(stage, signal, narrator)) {
      step = act.name;
      narrator.heading(step);
      await act.play();
    }
    const seconds = Math.round((performance.now() - started) / 1000);
    narrator.heading(`all of it happened as it should, in ${seconds} s`);
    if (!values.once) await stayUp(stage, signal);
    return 0;
  } catch (error) {
    if (signal.aborted) {
      narrator.say('\nstopping');
      return values.once ? 1 : 0;
    }
    const reason = error instanceof Error ? error.message : String(error);
    stdout.write(`\nFAILED at step "${step}": ${reason}\n`);
    return 1;
  } finally {
    await stage?.stop();
  }
}

async function stayUp(stage: Stage, signal: AbortSignal): Promise<void> {
  narrator.say(`
It stays up until Ctrl-C. To play with it:
  export KUBECONFIG=${stage.cluster.kubeconfig}
  ${stage.cluster.kubectl} -n ${namespace} get gitconfig,deployment,pods
  cd ${stage.workTree.directory}      # edit envs/prod/shop/html/index.html, then
  git commit -am "my change" && git push`);
  await once(signal, 'abort');
  signal.throwIfAborted();
}

function parseNodes(text: string): Nodes {
  if (text === 'real' || text === 'simulated') return text;
  stdout.write(`--nodes must be real or simulated, not "${text}"\n`);
  process.exit(2);
}
