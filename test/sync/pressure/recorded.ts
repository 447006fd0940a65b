// What /proc and /sys/fs/cgroup say on machines of several kinds: their lines in the kernel's own form, long lists cut,
// figures set for the tests.

/** A container on a node with version 2, in a namespace of its own. */
export const v2Container = {
  selfCgroup: '0::/\n',
  mountInfo: `1031 1020 0:106 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
1034 1033 0:29 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw
1035 1032 0:104 / /dev/mqueue rw,nosuid,nodev,noexec,relatime - mqueue mqueue rw
`,
};

/** A unit of systemd on a machine with version 2. */
export const v2Unit = {
  selfCgroup: '0::/system.slice/confroll.service\n',
  mountInfo: `30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`,
};

/** A container on a node with version 1: the path is the node's, and what is mounted is its own. */
export const v1Container = {
  selfCgroup: `11:memory:/kubepods/burstable/pod1f2/0a1b
4:cpu,cpuacct:/kubepods/burstable/pod1f2/0a1b
1:name=systemd:/kubepods/burstable/pod1f2/0a1b
`,
  mountInfo: `1210 1209 0:30 /kubepods/burstable/pod1f2/0a1b /sys/fs/cgroup/systemd ro,nosuid,nodev,noexec,relatime master:9 - cgroup cgroup rw,xattr,name=systemd
1211 1209 0:33 /kubepods/burstable/pod1f2/0a1b /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:15 - cgroup cgroup rw,memory
1214 1209 0:36 /kubepods/burstable/pod1f2/0a1b /sys/fs/cgroup/cpu,cpuacct ro,nosuid,nodev,noexec,relatime master:18 - cgroup cgroup rw,cpu,cpuacct
`,
};

/** Both beside each other; only the memory group is not the root. */
export const hybrid = {
  selfCgroup: `9:name=systemd:/
4:memory:/process/e425
1:cpu:/
0::/
`,
  mountInfo: `32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`,
};

export const memoryStatV2 = `anon 104857600
file 73400320
kernel 5242880
inactive_anon 102760448
active_anon 2097152
inactive_file 52428800
active_file 20971520
`;

export const memoryStatV1 = `cache 73400320
rss 104857600
inactive_file 1048576
hierarchical_memory_limit 268435456
total_cache 73400320
total_inactive_file 52428800
total_active_file 20971520
`;

export const cpuStatV2 = `usage_usec 913412
user_usec 700000
system_usec 213412
nr_periods 1200
nr_throttled 300
throttled_usec 48211000
`;

export const cpuStatV1 = `nr_periods 1200
nr_throttled 300
throttled_time 48211000000
`;

export const stall = (some: number, full: number): string =>
  `some avg10=${some.toFixed(2)} avg60=0.46 avg300=1.35 total=4449247509
full avg10=${full.toFixed(2)} avg60=0.01 avg300=0.07 total=90238648
`;
