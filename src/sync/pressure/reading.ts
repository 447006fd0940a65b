// One look at what this process has and wants: from its control groups, from the machine where there are none, and from
// Node itself. Whatever cannot be read is left out.
import { type Cgroups, locateCgroups, parseCount, parseKeyed, parseLimit } from './cgroup.ts';
import { parseStall } from './psi.ts';

export type Reading = {
  /** Of what bounds it most tightly; what the kernel gives back by itself does not count as used. */
  readonly memory: Use | undefined;
  /** Shares of the time, 0 to 1, in which all tasks stood still. */
  readonly memoryStall: number | undefined;
  readonly ioStall: number | undefined;
  /** In which at least one did. */
  readonly cpuStall: number | undefined;
  /** Since it was started; the control group with the most. */
  readonly periods: Periods | undefined;
};

export type Use = {
  readonly used: number;
  readonly limit: number;
  readonly of: 'cgroup' | 'heap' | 'machine';
};
export type Periods = { readonly all: number; readonly throttled: number };

/** Undefined: it is not there, or may not be read. */
export type ReadFile = (path: string) => Promise<string | undefined>;

/** What Node says of its own memory, in bytes. */
export type OwnMemory = () => {
  readonly heapUsed: number;
  readonly heapLimit: number;
  readonly resident: number;
  readonly machine: number;
};

export async function takeReading(readFile: ReadFile, ownMemory: OwnMemory): Promise<Reading> {
  const [selfCgroup = '', mountInfo = ''] = await Promise.all([
    readFile('/proc/self/cgroup'),
    readFile('/proc/self/mountinfo'),
  ]);
  const cgroups = locateCgroups(selfCgroup, mountInfo);
  const [limited, periods, stalls] = await Promise.all([
    memoryOf(cgroups, readFile),
    periodsOf(cgroups, readFile),
    stallsOf(cgroups, readFile),
  ]);
  const { heapUsed, heapLimit, resident, machine } = ownMemory();
  const heap: Use = { used: heapUsed, limit: heapLimit, of: 'heap' };
  const whole: Use = { used: resident, limit: machine, of: 'machine' };
  return {
    memory: tightest([...limited, heap, ...(limited.length === 0 ? [whole] : [])]),
    periods,
    ...stalls,
  };
}

export function shareOf({ used, limit }: Use): number {
  return used / limit;
}

async function memoryOf({ v2, memoryV1 }: Cgroups, readFile: ReadFile): Promise<readonly Use[]> {
  const use = async (directory: string, names: readonly [string, string, string, ...string[]]) => {
    const [usage, stat, key, ...limits] = names;
    const current = parseCount((await readFile(`${directory}/${usage}`)) ?? '');
    const kept = parseKeyed((await readFile(`${directory}/${stat}`)) ?? '').get(key) ?? 0;
    const bounds = await Promise.all(limits.map((name) => readFile(`${directory}/${name}`)));
    const limit = Math.min(...bounds.flatMap((text) => parseLimit(text ?? '') ?? []));
    if (current === undefined || !Number.isFinite(limit) || limit === 0) return [];
    return [{ used: Math.max(0, current - kept), limit, of: 'cgroup' } as const];
  };
  const found = await Promise.all([
    // As the kubelet counts what a container works with.
    ...v2.map((at) =>
      use(at, ['memory.current', 'memory.stat', 'inactive_file', 'memory.max', 'memory.high']),
    ),
    ...memoryV1.map((at) =>
      use(at, ['memory.usage_in_bytes', 'memory.stat', 'total_inactive_file', 'memory.limit_in_bytes']),
    ),
  ]);
  return found.flat();
}

async function periodsOf({ v2, cpuV1 }: Cgroups, readFile: ReadFile): Promise<Periods | undefined> {
  const texts = await Promise.all([...v2, ...cpuV1].map((at) => readFile(`${at}/cpu.stat`)));
  const found = texts.flatMap((text) => {
    const stat = parseKeyed(text ?? '');
    const [all, throttled] = [stat.get('nr_periods'), stat.get('nr_throttled')];
    return all === undefined || throttled === undefined ? [] : [{ all, throttled }];
  });
  return found.toSorted((a, b) => b.throttled - a.throttled)[0];
}

async function stallsOf({ v2: [own] }: Cgroups, readFile: ReadFile) {
  // The root of all groups has no such file; its figures are those of the whole machine.
  const isOwn = own !== undefined && (await readFile(`${own}/cgroup.events`)) !== undefined;
  const stall = async (what: string) => {
    const text = isOwn ? await readFile(`${own}/${what}.pressure`) : undefined;
    return parseStall(text ?? (await readFile(`/proc/pressure/${what}`)) ?? '');
  };
  const [memory, io, cpu] = await Promise.all([stall('memory'), stall('io'), stall('cpu')]);
  const share = (percent: number | undefined) => (percent === undefined ? undefined : percent / 100);
  return {
    memoryStall: share(memory?.full),
    ioStall: share(io?.full),
    // That somebody on a busy machine waits for a CPU says nothing of us; that we do, the event loop tells.
    cpuStall: isOwn ? share(cpu?.some) : undefined,
  };
}

function tightest(uses: readonly Use[]): Use | undefined {
  return uses.toSorted((a, b) => shareOf(b) - shareOf(a))[0];
}
