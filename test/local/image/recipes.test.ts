import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { runCommand } from '../../../local/cluster/run-command.ts';
import { readEnvironment } from '../../../local/environment.ts';
import type { DebianOptions } from '../../../local/image/debian-files.ts';
import { buildImage, type Image } from '../../../local/image/image.ts';
import { nodeLayer } from '../../../local/image/layers.ts';
import { confrollImage, nginxImage, pauseImage } from '../../../local/image/recipes.ts';
import type { TarEntry } from '../../../local/image/tar-entry.ts';
import { readTar } from '../../../local/image/tar-reader.ts';
import { writeTar } from '../../../local/image/tar-writer.ts';

const repository = join(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'confroll-test-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const signal = AbortSignal.timeout(600_000);
const options: DebianOptions = { cache: readEnvironment().cache, say: () => {}, signal };
const program = (code: string): TarEntry => ({
  type: 'file',
  path: 'app/confroll.mjs',
  content: Buffer.from(code),
  mode: 0o644,
});
const confroll = async (code: string): Promise<Image> =>
  confrollImage({ node: await nodeLayer(repository), app: [program(code)] }, options);

/** Runs what the image starts, with its layers as a root that cannot be written to, as its user, without a network. */
async function runImage(
  ctx: TestContext,
  image: Image,
  argv: readonly string[],
  mount?: string,
): Promise<string> {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') ctx.skip('needs Linux and root');
  const root = mkdtempSync(join(scratch, 'root-'));
  for (const layer of image.layers) {
    const file = join(scratch, 'layer.tar');
    writeFileSync(file, Buffer.concat(writeTar(layer)));
    await runCommand(['tar', 'xpf', file, '-C', root], { signal });
  }
  chmodSync(root, 0o755);
  const script = `
    mkdir -p "$ROOT/dev" "$ROOT/proc" "$ROOT/etc/shop" "$ROOT/tmp"
    mount --bind "$ROOT" "$ROOT"
    mount --rbind /dev "$ROOT/dev"
    mount -t proc proc "$ROOT/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$ROOT/tmp"
    if [ -n "$MOUNT" ]; then mount --bind "$MOUNT" "$ROOT/etc/shop"; fi
    mount -o remount,ro,bind "$ROOT"
    # As container runtimes do: the user owns what it writes errors to, and may open it again by name.
    touch "$ROOT/tmp/errors" && chown "$IMAGE_USER" "$ROOT/tmp/errors"
    env -i $IMAGE_ENV chroot --userspec="$IMAGE_USER" "$ROOT" "$@" 2>"$ROOT/tmp/errors" || code=$?
    cat "$ROOT/tmp/errors" >&2
    exit \${code:-0}`;
  const namespaces = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child'];
  const env = {
    ROOT: root,
    MOUNT: mount ?? '',
    IMAGE_ENV: (image.config.Env ?? []).join(' '),
    IMAGE_USER: image.config.User,
  };
  return runCommand([...namespaces, 'sh', '-ec', script, 'sh', ...argv], { signal, env });
}

describe('images', () => {
  it('are docker archives that say how to start, and the same bytes each time', async () => {
    const image = await pauseImage(options);
    const [one, two] = [join(scratch, 'one.tar'), join(scratch, 'two.tar')];
    await buildImage(image, one);
    await buildImage(await pauseImage(options), two);
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
    const read = (path: string): unknown => {
      const entry = readTar(readFileSync(one)).find((each) => each.path === path);
      return entry?.type === 'file' ? JSON.parse(Buffer.from(entry.content).toString()) : undefined;
    };
    const config =
      readTar(readFileSync(one)).find(({ path }) => /^[0-9a-f]{64}\.json$/.test(path))?.path ?? '';
    const layer = readTar(readFileSync(one)).find(({ path }) => /^[0-9a-f]{64}\.tar$/.test(path))?.path ?? '';
    expect(read('manifest.json')).toEqual([
      { Config: config, RepoTags: ['confroll.local/pause:1'], Layers: [layer] },
    ]);
    expect(read(config)).toMatchObject({
      os: 'linux',
      config: { User: '65532:65532', Entrypoint: ['/bin/busybox', 'sleep', '2147483647'] },
      rootfs: { diff_ids: [`sha256:${layer.replace('.tar', '')}`] },
    });
  });

  it('of confroll holds our program and nothing else of ours, and runs it as nobody on a read-only root', async (ctx) => {
    const image = await confroll(`
      import { writeFileSync } from 'node:fs';
      const refused = (path) => { try { writeFileSync(path, ''); return 'written'; } catch (e) { return e.code; } };
      console.log(JSON.stringify({
        uid: process.getuid(), node: process.versions.node.split('.')[0],
        root: refused('/x'), tmp: refused('/tmp/x'),
      }));`);
    const ours = image.layers.flat().filter(({ path }) => path.startsWith('app'));
    expect(ours.map(({ path }) => path)).toEqual(['app/confroll.mjs']);
    expect(JSON.parse(await runImage(ctx, image, image.config.Entrypoint))).toEqual({
      uid: 65532,
      node: '24',
      root: 'EROFS',
      tmp: 'written',
    });
  });

  it('of confroll trusts the public authorities', async () => {
    const bundle = (await confroll('')).layers
      .flat()
      .find(({ path }) => path === 'etc/ssl/certs/ca-certificates.crt');
    const text = bundle?.type === 'file' ? Buffer.from(bundle.content).toString() : '';
    const certificates = text.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
    expect(certificates.length).toBeGreaterThan(100);
    for (const each of certificates) expect(new X509Certificate(each).ca).toBe(true);
  });

  it('of nginx accepts the sample config on a read-only root', async (ctx) => {
    const shop = join(repository, 'local/sample/envs/prod/shop');
    await runImage(
      ctx,
      await nginxImage(options),
      ['nginx', '-e', '/dev/stderr', '-c', '/etc/shop/nginx.conf', '-t'],
      shop,
    );
  });

  it('holds nothing in Debian packages that only an installation needs', async () => {
    const paths = (await confroll('')).layers.flat().map(({ path }) => path);
    expect(paths.filter((path) => /share\/doc|perl|openssl$|^dev|^var/.test(path))).toEqual([]);
  });
});

describe('the Dockerfile', () => {
  const lines = readFileSync(join(repository, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ').split('\n');
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  const values = (instruction: string): string[] =>
    last
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));

  it('puts in and starts the same as the local image', async () => {
    const { config } = await confroll('');
    expect(values('COPY')).toEqual([
      '--from=build /usr/local/bin/node /usr/bin/node',
      '--from=build /src/dist /app',
    ]);
    expect(JSON.parse(values('ENTRYPOINT')[0] ?? '')).toEqual(config.Entrypoint);
    expect(values('USER')).toEqual([config.User]);
    expect(values('WORKDIR')).toEqual([config.WorkingDir]);
    expect(values('ENV')).toEqual(config.Env?.filter((each) => !each.startsWith('PATH=')));
    const labels = [...(values('LABEL')[0] ?? '').matchAll(/(\S+)="([^"]*)"/g)].map(([, key, value]) => [
      key,
      value,
    ]);
    expect(Object.fromEntries(labels)).toEqual(config.Labels);
  });

  it('builds with the major version of Node that development uses', () => {
    expect(lines[1]).toBe(`FROM node:${process.versions.node.split('.')[0]}-bookworm-slim AS build`);
  });
});
