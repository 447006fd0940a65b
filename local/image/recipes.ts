// What is in each image, and how it starts.
import { type DebianOptions, debianFiles } from './debian-files.ts';
import type { Image } from './image.ts';
import { accountsLayer, authoritiesBundle, onlyLibraries } from './layers.ts';
import type { TarEntry } from './tar-entry.ts';

const nonroot = '65532:65532';
const path = 'PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin';

/** confroll itself, as in the Dockerfile: libraries, authorities, Node, and `dist/` in /app. */
export async function confrollImage(
  parts: { readonly node: readonly TarEntry[]; readonly app: readonly TarEntry[] },
  options: DebianOptions,
): Promise<Image> {
  const files = await debianFiles(['libc6', 'libstdc++6', 'libgcc-s1', 'ca-certificates'], options);
  return {
    name: 'confroll.local/confroll:dev',
    layers: [
      [...onlyLibraries(files), authoritiesBundle(files), ...accountsLayer()],
      parts.node,
      // The smallest and the only one that changes with our code comes last.
      parts.app,
    ],
    config: {
      User: nonroot,
      Entrypoint: ['node', '/app/confroll.mjs'],
      Env: [path, 'NODE_ENV=production', 'MALLOC_ARENA_MAX=1'],
      WorkingDir: '/app',
      Labels: {
        'org.opencontainers.image.title': 'confroll',
        'org.opencontainers.image.description': 'Config from Git to running Pods, safely',
        'org.opencontainers.image.licenses': 'Apache-2.0',
      },
    },
  };
}

/** The sandbox of every Pod on a real node; with /bin/busybox it is a small toolbox too. */
export async function pauseImage(options: DebianOptions): Promise<Image> {
  const files = await debianFiles(['busybox-static'], options);
  const busybox = files.find((entry) => /^(usr\/)?bin\/busybox$/.test(entry.path));
  if (busybox === undefined) throw new Error('the package busybox-static holds no busybox');
  return {
    name: 'confroll.local/pause:1',
    layers: [[{ ...busybox, path: 'bin/busybox' }]],
    // 68 years: it only holds the namespaces of a Pod, and older ones do not know "infinity".
    config: { User: nonroot, Entrypoint: ['/bin/busybox', 'sleep', '2147483647'], Env: [path] },
  };
}

/** The web server of the demo; its config comes from Git. */
export async function nginxImage(options: DebianOptions): Promise<Image> {
  const files = await debianFiles(['nginx-light'], options);
  const server = files.filter((entry) => entry.path === 'usr/sbin/nginx');
  if (server.length === 0) throw new Error('the package nginx-light holds no nginx');
  return {
    name: 'confroll.local/nginx:1',
    layers: [[...onlyLibraries(files), ...server, ...accountsLayer()]],
    // The log file that is built in would need a root that can be written to.
    config: { User: nonroot, Entrypoint: ['nginx', '-e', '/dev/stderr'], Env: [path] },
  };
}
