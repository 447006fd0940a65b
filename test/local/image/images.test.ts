import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildImages } from '../../../local/image/images.ts';
import { readTar } from '../../../local/image/tar-reader.ts';

const dist = join(import.meta.dirname, '../../../dist');

it('builds the images of a local cluster, with a fresh dist/ and nothing else of ours', async () => {
  const files = await buildImages(() => {});
  expect(files.map((file) => file.replace(/.*\//, ''))).toEqual(['confroll.tar', 'pause.tar', 'nginx.tar']);
  const layers = readTar(readFileSync(files[0] ?? '')).filter(({ path }) => path.endsWith('.tar'));
  const ours = layers
    .flatMap((layer) => (layer.type === 'file' ? readTar(Buffer.from(layer.content)) : []))
    .filter(({ type, path }) => type === 'file' && path.startsWith('app/'));
  expect(ours.map(({ path }) => path.slice('app/'.length)).sort()).toEqual(readdirSync(dist).sort());
  for (const entry of ours) {
    const content = entry.type === 'file' ? Buffer.from(entry.content) : Buffer.alloc(0);
    expect(content.equals(readFileSync(join(dist, entry.path.slice('app/'.length))))).toBe(true);
  }
});
