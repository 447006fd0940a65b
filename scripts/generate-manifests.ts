// Writes the manifests that are generated from source: `node scripts/generate-manifests.ts`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { gitConfigCrd } from '../src/api/crd.ts';

/** Each generated file: where it lives, and its whole text. */
export function generatedManifests(): readonly { readonly file: URL; readonly text: string }[] {
  return [{ file: new URL('../manifests/crd/gitconfigs.yaml', import.meta.url), text: render(gitConfigCrd) }];
}

function render(object: object): string {
  // No anchors and no folded lines: the file is read and compared by people.
  const yaml = dump(object, { noRefs: true, lineWidth: -1 });
  return `# Generated from src/api/crd.ts by "node scripts/generate-manifests.ts". Change it there.\n${yaml}`;
}

if (import.meta.main) {
  for (const { file, text } of generatedManifests()) {
    const path = fileURLToPath(file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
}
