// The pair of network devices between the host and a cluster's network namespace, each end with an address of one /30.
import { runCommand } from './run-command.ts';
import type { Teardown } from './teardown.ts';

export type Veth = {
  /** The host's address, as seen from inside. */
  readonly host: string;
  /** The address inside, as seen from the host. */
  readonly inside: string;
};

// 198.18.255.0/24 holds 64 networks of four addresses, one a cluster.
const slots = 64;
const removeMilliseconds = 10_000;

/**
 * Takes the first free slot. The kernel refuses a second device of one name, so two processes never get the same one.
 * `enter` is the command prefix that runs inside.
 */
export async function createVeth(
  namespace: { readonly pid: number; readonly prefix: readonly string[] },
  teardown: Teardown,
  signal: AbortSignal,
): Promise<Veth> {
  for (let slot = 0; slot < slots; slot += 1) {
    const device = `confroll${slot}`;
    if (!(await added(device, namespace.pid, signal))) continue;
    teardown.add(`the network device ${device}`, () => remove(device));
    const host = `198.18.255.${4 * slot + 1}`;
    const inside = `198.18.255.${4 * slot + 2}`;
    const inNamespace = (...argv: string[]) => runCommand([...namespace.prefix, 'ip', ...argv], { signal });
    await runCommand(['ip', 'addr', 'add', `${host}/30`, 'dev', device], { signal });
    await runCommand(['ip', 'link', 'set', device, 'up'], { signal });
    await inNamespace('addr', 'add', `${inside}/30`, 'dev', 'host0');
    await inNamespace('link', 'set', 'host0', 'up');
    return { host, inside };
  }
  throw new Error(`all ${slots} networks for clusters are taken; \`ip link\` shows them as confroll0, ...`);
}

async function added(device: string, pid: number, signal: AbortSignal): Promise<boolean> {
  try {
    const peer = ['peer', 'name', 'host0', 'netns', String(pid)];
    await runCommand(['ip', 'link', 'add', device, 'type', 'veth', ...peer], { signal });
    return true;
  } catch (error) {
    if (error instanceof Error && error.message.includes('File exists')) return false;
    throw error;
  }
}

/** Takes the end inside away with it. */
async function remove(device: string): Promise<void> {
  try {
    await runCommand(['ip', 'link', 'delete', device], { signal: AbortSignal.timeout(removeMilliseconds) });
  } catch (error) {
    // The namespace was killed first, and the kernel has already done it.
    if (!(error instanceof Error && error.message.includes('Cannot find device'))) throw error;
  }
}
