import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { AssetHashType, BundlingOutput, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type * as Esbuild from 'esbuild';
import type { Routes } from './routedAuthorizer.ts';
import { ROUTES_FILE } from './settings.ts';

/** The package has the function's code ready, beside this. */
const READY = join(import.meta.dirname, 'authorizer.mjs');
/** Writ's own repository has the source. */
const SOURCE = join(import.meta.dirname, 'handler.ts');

/** The function's code: one ES module, and the routes. Put together only where a stack is really synthesized. */
export function authorizerCode(routes: Routes): Code {
  return Code.fromAsset(import.meta.dirname, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('none'), // the API wants one; the local build below never gives way to it
      outputType: BundlingOutput.NOT_ARCHIVED,
      local: {
        tryBundle(directory) {
          putTogether(directory, routes);
          return true;
        },
      },
    },
  });
}

/** @throws esbuild's error, in Writ's own repository */
export function putTogether(directory: string, routes: Routes): void {
  const file = join(directory, 'index.mjs');
  if (existsSync(READY)) copyFileSync(READY, file);
  else bundle(file);
  writeFileSync(join(directory, ROUTES_FILE), JSON.stringify(routes));
}

function bundle(outfile: string): void {
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
  buildSync({
    entryPoints: [SOURCE],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The runtime has it.
    external: ['@aws-sdk/*'],
    legalComments: 'none',
    logLevel: 'error',
  });
}
