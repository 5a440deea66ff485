/** Bundles the command line into one file, so that it starts fast and needs nothing but Node. */
import { build } from 'esbuild';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

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
    legalComments: 'linked',
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildCli();
