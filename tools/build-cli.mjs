/**
 * Bundles the command line into one file, so that it starts fast and needs nothing but Node. Plain JavaScript: it runs
 * in `npm ci`. An argument names another place to write to.
 */
import { build } from 'esbuild';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

await build({
  absWorkingDir: dirname(dirname(fileURLToPath(import.meta.url))),
  entryPoints: ['cli/src/main.ts'],
  outfile: process.argv[2] ?? 'cli/dist/writ.mjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minify: true,
  mainFields: ['module', 'main'],
  // Native, and optional: it is looked for at run time.
  external: ['@napi-rs/keyring'],
  // CommonJS dependencies (commander) ask for Node's modules with `require`.
  banner: { js: "import { createRequire as $require } from 'node:module'; const require = $require(import.meta.url);" },
  legalComments: 'linked',
  logLevel: 'warning',
});
