// PURE: what the kernel's text files say of control groups: where this process's own are, and the figures in them.

export type Cgroups = {
  /** Directories from its own up to the topmost that can be seen; a limit of any of them counts. */
  readonly v2: readonly string[];
  readonly memoryV1: readonly string[];
  readonly cpuV1: readonly string[];
};

/** Of `/proc/self/cgroup` and `/proc/self/mountinfo`. What is missing or of another form gives empty lists. */
export function locateCgroups(selfCgroup: string, mountInfo: string): Cgroups {
  const mounts = mountInfo.split('\n').flatMap(mountOf);
  const own = selfCgroup.split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    return controllers === undefined || path === undefined ? [] : [{ controllers, path }];
  });
  const find = (controller: string | undefined): readonly string[] => {
    const mount = mounts.find(({ type, options }) =>
      controller === undefined ? type === 'cgroup2' : type === 'cgroup' && options.includes(controller),
    );
    const group = own.find(({ controllers }) =>
      controller === undefined ? controllers === '' : controllers.split(',').includes(controller),
    );
    return mount === undefined || group === undefined ? [] : directories(mount, group.path);
  };
  return { v2: find(undefined), memoryV1: find('memory'), cpuV1: find('cpu') };
}

/** Bytes; undefined where nothing is limited. */
export function parseLimit(text: string): number | undefined {
  const value = parseCount(text);
  // Version 1 writes the largest number of pages instead of `max`.
  return value === undefined || value >= 2 ** 60 ? undefined : value;
}

export function parseCount(text: string): number | undefined {
  return /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}

/** Lines such as `nr_throttled 12`. */
export function parseKeyed(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^(\w+) (\d+)$/gm)].map(([, key = '', value]) => [key, Number(value)]));
}

type Mount = {
  readonly root: string;
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
};

// `36 35 98:0 /root /point rw,noatime master:1 - type source options`
function mountOf(line: string): Mount[] {
  const [, root, point, type, options] =
    /^\d+ \d+ \S+ (\S+) (\S+) \S+ (?:\S+ )*?- (\S+) \S+ (\S+)$/.exec(line) ?? [];
  if (root === undefined || point === undefined || type === undefined || options === undefined) return [];
  return [{ root: plain(root), point: plain(point), type, options: options.split(',') }];
}

function plain(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

// In a container without a namespace of its own for control groups, its own one is mounted, and its path is the node's.
function directories({ root, point }: Mount, path: string): readonly string[] {
  const prefix = root === '/' ? '' : root;
  const isBelow = path === root || path.startsWith(`${prefix}/`);
  const parts = (isBelow ? path.slice(prefix.length) : '').split('/').filter((part) => part !== '');
  // Outside of what is mounted: nothing that can be looked up.
  if (parts.includes('..')) return [point];
  return parts.map((_, index) => `${point}/${parts.slice(0, parts.length - index).join('/')}`).concat(point);
}
