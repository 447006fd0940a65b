// The documentation holds together: links lead somewhere, decisions are short, and what the code offers is written down.
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as keys from '../../src/api/keys.ts';
import { isRecord, parseJson } from '../../src/lib/json.ts';
import { filesOf, textOf } from './repository.ts';

const pages = filesOf('*.md', 'docs/**/*.md', '{certs,manifests,local,bench}/**/*.md');
const decisions = filesOf('docs/adr/*.md');

describe('a link', () => {
  test('between pages leads to a file and a heading that are there', () => {
    const broken = pages.flatMap((page) =>
      linksOf(textOf(page)).flatMap((link) => {
        const [path = '', heading] = link.split('#');
        const target = path === '' ? page : posix.join(posix.dirname(page), decodeURIComponent(path));
        if (!existsSync(target)) return [`${page}: ${link} does not exist`];
        if (heading === undefined || headingsOf(textOf(target)).includes(heading)) return [];
        return [`${page}: ${target} has no heading #${heading}`];
      }),
    );
    expect(broken).toEqual([]);
  });
});

describe('a decision', () => {
  test('has at most 40 lines', () => {
    const long = decisions.filter((file) => textOf(file).trimEnd().split('\n').length > 40);
    expect(long).toEqual([]);
  });

  test('says context, decision, consequences and what else was considered', () => {
    const headings = ['Context', 'Decision', 'Consequences', 'Considered'];
    const lacking = decisions.flatMap((file) =>
      headings
        .filter((heading) => !textOf(file).includes(`\n## ${heading}\n`))
        .map((heading) => `${file} lacks ## ${heading}`),
    );
    expect(lacking).toEqual([]);
  });

  test('has the next number, and the same one in its title', () => {
    const names = decisions.map((file) => posix.basename(file).slice(0, 4));
    expect(names).toEqual(decisions.map((_, index) => String(index + 1).padStart(4, '0')));
    const titles = decisions.map((file) => /^# (\d+)\. \S/.exec(textOf(file))?.[1]);
    expect(titles).toEqual(decisions.map((_, index) => String(index + 1)));
  });
});

describe('written down', () => {
  test('is every dependency, in docs/dependencies.md', () => {
    const page = textOf('docs/dependencies.md');
    const manifest = parseJson(textOf('package.json'));
    const names = ['dependencies', 'devDependencies'].flatMap((section) => {
      const listed = isRecord(manifest) ? manifest[section] : undefined;
      return isRecord(listed) ? Object.keys(listed) : [];
    });
    expect(names).toContain('isomorphic-git');
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  test('is every metric, in docs/operations.md, and no other', () => {
    const sources = filesOf('src/**/*.ts').map(textOf).join('\n');
    const built = [...sources.matchAll(/name: '(confroll_\w+)'/g)].flatMap(([, name]) => name ?? []);
    const told = [...textOf('docs/operations.md').matchAll(/\bconfroll_\w+/g)].flatMap(([name]) => {
      // Of a histogram, queries name its parts.
      return built.includes(name) ? name : name.replace(/_(?:bucket|sum|count)$/, '');
    });
    expect(built.length).toBeGreaterThan(0);
    expect([...new Set(told)].toSorted()).toEqual(built.toSorted());
  });

  test('is every label and annotation, in docs/labels-and-annotations.md', () => {
    const page = textOf('docs/labels-and-annotations.md');
    const names = [
      ...Object.entries(keys).flatMap(([name, value]) =>
        typeof value === 'string' && /(?:Label|Annotation)$/.test(name) ? [value] : [],
      ),
      ...[keys.hashAnnotation, keys.pinLabel, keys.revisionAnnotation].map((key) => key('<config>')),
      ...[keys.rolledLabel, keys.heldLabel, keys.sickLabel].map((key) => key('<config>')),
    ];
    expect(names).toContain('confroll.dev/config');
    expect(names).toContain('hash.confroll.dev/<config>');
    expect([...names, ...Object.values(keys.snapshotKeys)].filter((name) => !page.includes(name))).toEqual(
      [],
    );
  });

  test('is every reason of conditions, workloads and Events, in docs/gitconfig.md', () => {
    const page = textOf('docs/gitconfig.md');
    const sources = filesOf('src/{sync,reloader}/**/*.ts').map(textOf).join('\n');
    const reasons = [
      ...sources.matchAll(/\breason: '([A-Z]\w+)'/g),
      ...sources.matchAll(/\bstate\('\w+', '([A-Z]\w+)'/g),
      // Unions that are written over several lines.
      ...sources.matchAll(/^ {2,4}(?:readonly reason: )?\| '([A-Z]\w+)'/gm),
    ].flatMap(([, reason]) => reason ?? []);
    expect(reasons).toContain('Unreachable');
    expect(reasons).toContain('PathEmpty');
    expect([...new Set(reasons)].filter((reason) => !page.includes(`\`${reason}\``))).toEqual([]);
  });

  test('is every flag, in docs/operations.md', () => {
    const page = textOf('docs/operations.md');
    const flags = [...textOf('src/config.ts').matchAll(/^ {2}--([a-z-]+)/gm)].flatMap(
      ([, flag]) => flag ?? [],
    );
    expect(flags).toContain('namespaces');
    expect(flags.filter((flag) => !page.includes(`\`--${flag}`))).toEqual([]);
  });
});

function linksOf(markdown: string): string[] {
  const text = withoutCode(markdown);
  return [...text.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap(([, link]) =>
    link === undefined || /^[a-z]+:/.test(link) ? [] : [link],
  );
}

/** As the Git hosts make them: lower case, without punctuation, spaces as hyphens. */
function headingsOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```/gm, '');
}
