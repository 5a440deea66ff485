/**
 * Builds the packages for services (`writ/client`, `writ/verify` and what else sdk/package.json exports): JavaScript with
 * the modules of this repository in it, and declarations. Plain JavaScript: it runs in `npm ci`. An argument names
 * another place to write to; `--no-types` leaves the declarations out, which take the time.
 */
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const out = resolve(args.find((arg) => !arg.startsWith('--')) ?? join(root, 'sdk/dist'));

/** `./dist/types/sdk/verify/index.d.ts` is made of `sdk/verify/index.ts`. */
const { exports } = JSON.parse(readFileSync(join(root, 'sdk/package.json'), 'utf8'));
const entries = Object.values(exports).map(({ types, default: file }) => ({
  in: types.replace('./dist/types/', '').replace(/\.d\.ts$/, '.ts'),
  out: file.replace('./dist/', '').replace(/\.js$/, ''),
}));

rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: entries,
  outdir: out,
  bundle: true,
  // What two of them share stays one module: an error's class must be the same in both.
  splitting: true,
  chunkNames: 'shared-[hash]',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  legalComments: 'inline',
  logLevel: 'warning',
});
// The code of the construct's function, whole: it is deployed as it is. The runtime has the AWS SDK.
await build({
  absWorkingDir: root,
  entryPoints: ['sdk/cdk/handler.ts'],
  outfile: join(out, 'authorizer.mjs'),
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['@aws-sdk/*'],
  legalComments: 'linked',
  logLevel: 'warning',
});
copyFileSync(join(root, 'LICENSE'), join(root, 'sdk/LICENSE'));

if (!args.includes('--no-types')) {
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'sdk/tsconfig.build.json', '--outDir', join(out, 'types')],
    { cwd: root, stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 1);
  // Readers of the declarations have no `.ts` files, whatever their settings are.
  for (const file of readdirSync(join(out, 'types'), { recursive: true })) {
    if (!file.endsWith('.d.ts')) continue;
    const path = join(out, 'types', file);
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace(/((?:from|import\()\s*['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2'),
    );
  }
}
