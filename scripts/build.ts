// dist/: one bundle a program, and a small entry that loads the one that is asked for. The image holds dist/ alone.
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { build, type Plugin } from 'esbuild';

const programs = ['controller', 'webhook'];
// Run in threads of the controller, and found beside its bundle by name.
const threads = [
  'src/sync/git/pack/pack-worker.ts',
  'src/sync/git/shallow/shallow-worker.ts',
  'src/sync/validate/validate-worker.ts',
];

// The entry loads a program by name at run time, so the webhook's process never parses the controller's code.
const programsStayOutside: Plugin = {
  name: 'programs-stay-outside',
  setup(plugin) {
    plugin.onResolve({ filter: /^\.\/main\/[a-z]+\.ts$/ }, ({ path }) => {
      const program = /([a-z]+)\.ts$/.exec(path)?.[1] ?? '';
      return { path: `./${program}.mjs`, external: true };
    });
  },
};

// The image is for any processor and has no compiler: a package that has native parts and can do without does.
const noNativeParts: Plugin = {
  name: 'no-native-parts',
  setup(plugin) {
    plugin.onResolve({ filter: /\.node$/ }, ({ path }) => ({ path, namespace: 'native' }));
    plugin.onLoad({ filter: /./, namespace: 'native' }, () => ({
      contents: `throw new Error('native parts are not bundled');`,
      loader: 'js',
    }));
  },
};

// Packages in the CommonJS format call `require` and ask for `__dirname`, which an ES module does not have.
const banner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: {
    confroll: 'src/main.ts',
    ...Object.fromEntries(programs.map((name) => [name, `src/main/${name}.ts`])),
    ...Object.fromEntries(threads.map((path) => [basename(path, '.ts'), path])),
  },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node22',
  format: 'esm',
  minifySyntax: true,
  banner: { js: banner },
  // Its other form, which Node would take, calls `require` in a way that no bundler can follow.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  define: { __dirname: 'import.meta.dirname' },
  plugins: [programsStayOutside, noNativeParts],
  logLevel: 'warning',
});
