/** Bundles the command line into one file, so that it starts fast and needs nothing but Node. */
import type { Plugin } from 'esbuild';
import { build } from 'esbuild';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** zod brings its messages in 60 languages, 260 kB: reading them would be a fifth of the start-up time. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup: (bundler) => {
    bundler.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: `export { default as en } from './en.js';`,
      resolveDir: dirname(path),
    }));
  },
};

export async function buildCli(outfile = join(root, 'cli', 'dist', 'writ.mjs')): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ['cli/src/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    mainFields: ['module', 'main'],
    // Native, and optional: it is looked for at run time.
    external: ['@napi-rs/keyring'],
    // CommonJS dependencies (commander) ask for Node's modules with `require`.
    banner: {
      js: "import { createRequire as $require } from 'node:module'; const require = $require(import.meta.url);",
    },
    plugins: [englishOnly],
    legalComments: 'linked',
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCli();
