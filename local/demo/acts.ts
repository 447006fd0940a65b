// The demo's acts in order. Each shows what a user types and checks what must have happened.
import { createNarrator, type Narrator } from './narrator.ts';
import {
  access,
  accessYaml,
  configName,
  deploymentYaml,
  gitConfigYaml,
  namespace,
  workloadName,
} from './objects.ts';
import { createPerson, type Person } from './person.ts';
import type { Stage } from './stage.ts';

export type Act = { readonly name: string; readonly play: () => Promise<void> };

const replicas = 3;
const showGitConfig = `-n ${namespace} get gitconfig ${configName}`;

export function acts(stage: Stage, signal: AbortSignal, narrator: Narrator = createNarrator()): Act[] {
  const person = createPerson(stage, signal, narrator);
  return [
    {
      name: 'A GitConfig, and a Deployment with one label',
      play: () => optIn(stage, person, narrator),
    },
    { name: 'A push rolls the workload', play: () => push(person, narrator) },
    { name: 'kubectl rollout undo brings the old config back, and it is held', play: () => undo(person) },
    { name: 'One more push: still held', play: () => pushWhileHeld(person) },
    { name: 'Resume: it moves to the newest', play: () => resume(person) },
  ];
}

async function optIn(stage: Stage, person: Person, narrator: Narrator): Promise<void> {
  narrator.say('The credential of the repository, bound to its host; and the right of confroll to read it.');
  const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: access(stage.source) });
  await person.applies(items, accessYaml(stage.source));
  await person.applies(gitConfigYaml(stage.source.url));
  await person.types(`-n ${namespace} wait gitconfig/${configName} --for=condition=Ready --timeout=120s`);
  await person.applies(deploymentYaml(replicas));
  await person.watchesRollout();
  await person.types(`-n ${namespace} get pods -l app=web`);
  await person.seesPrice(3);
}

async function push(person: Person, narrator: Narrator): Promise<void> {
  const before = await person.pin();
  const commit = await person.pushesPrice(4);
  await person.waits('the new Pin', async () => (await person.pin()) !== before);
  await person.watchesRollout();
  await person.seesPrice(4);
  await person.seesReady(commit);
  await person.types(showGitConfig);

  const running = `-n ${namespace} get pods -l app=web,pin.confroll.dev/${configName}=${await person.pin()} -o name`;
  const [pod = ''] = (await person.asks(running)).trim().split('\n');
  narrator.command(`kubectl -n ${namespace} describe ${pod}`);
  const description = await person.asks(`-n ${namespace} describe ${pod}`);
  narrator.output(`${description.split(/^Status:/m)[0]}...`);
  const pin = await person.pin();
  if (!description.includes(pin)) throw new Error(`kubectl describe ${pod} does not show the hash ${pin}`);
  if (!description.includes(commit)) throw new Error(`kubectl describe ${pod} does not show ${commit}`);
  const sets = (await person.asks(`-n ${namespace} get replicasets -l app=web -o name`)).trim().split('\n');
  if (sets.length !== 2)
    throw new Error(`one push made ${sets.length - 1} new ReplicaSets: ${sets.join(', ')}`);
}

async function undo(person: Person): Promise<void> {
  await person.types(`-n ${namespace} rollout undo deployment/${workloadName}`);
  await person.watchesRollout();
  await person.seesPrice(3);
  await person.waits('the hold', async () => (await person.held()) !== '');
  await person.types(`-n ${namespace} get deployment ${workloadName} -L held.confroll.dev/${configName}`);
  await person.waits('the held workload in the status', async () => {
    return (await person.asks(`${showGitConfig} -o jsonpath={.status.workloads.held}`)) === '1';
  });
  await person.types(showGitConfig);
  const events = `-n ${namespace} get events --field-selector reason=ConfigHeld`;
  await person.waits('the Event', async () => (await person.asks(events)).includes('held'));
  await person.types(events);
}

async function pushWhileHeld(person: Person): Promise<void> {
  const before = await person.pin();
  await person.seesReady(await person.pushesPrice(5));
  await person.seesPrice(3);
  if ((await person.held()) === '') throw new Error('the hold ended by itself');
  if ((await person.pin()) !== before) throw new Error('the held workload was moved');
  await person.types(showGitConfig);
}

async function resume(person: Person): Promise<void> {
  const before = await person.pin();
  const label = `held.confroll.dev/${configName}- --field-manager=confroll-person`;
  await person.types(`-n ${namespace} label deployment/${workloadName} ${label}`);
  await person.waits('the new Pin', async () => (await person.pin()) !== before);
  await person.watchesRollout();
  await person.seesPrice(5);
  await person.types(showGitConfig);
}
