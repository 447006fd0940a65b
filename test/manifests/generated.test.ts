// What is generated must be what is committed.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedManifests } from '../../scripts/generate-manifests.ts';

it.each(generatedManifests())(
  '$file.pathname is what node scripts/generate-manifests.ts writes',
  (manifest) => {
    expect(readFileSync(manifest.file, 'utf8')).toBe(manifest.text);
  },
);
