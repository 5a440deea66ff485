import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { BAKED_BUNDLE_FILE, serializeBundle } from '../../adapters/bundle/baked.ts';
import { CEDAR_WASM_FILE, installedCedarWasm } from '../../adapters/cedar/wasm.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { Duty } from '../../functions/shared/env.ts';

/** The repository's root: esbuild resolves from there, wherever synth is started. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where a duty's source lies. */
export const sourceOf = (duty: Duty): string => join(ROOT, 'functions', duty);

export interface HandlerFiles {
  /** Baked in beside the code, where the function reads policy. */
  readonly bundle?: PolicyBundle;
  /** Whether the function decides by Cedar, and so needs its WebAssembly. */
  readonly cedar?: boolean;
}

/**
 * Builds `functions/<duty>/handler.ts` into `directory` as Lambda runs it: one minified ES module with the SDK inside,
 * which starts in half the time that the runtime's own SDK or CommonJS take.
 *
 * In this process, and not by the CDK's `NodejsFunction`, which starts two processes a function and needs a shell.
 *
 * @throws esbuild's error, which names file and line
 */
export function buildHandler(duty: Duty, directory: string, { bundle, cedar = false }: HandlerFiles): void {
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: [join(sourceOf(duty), 'handler.ts')],
    outfile: join(directory, 'index.mjs'),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    // Credentials come from the environment alone; the chain's other sources would be a third of the code.
    alias: { '@aws-sdk/credential-provider-node': join(ROOT, 'functions', 'shared', 'credentials.ts') },
    // For dependencies in CommonJS, which an ES module has no `require` for.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    legalComments: 'none',
    logLevel: 'error',
  });
  if (bundle) writeFileSync(join(directory, BAKED_BUNDLE_FILE), serializeBundle(bundle));
  if (cedar) copyFileSync(installedCedarWasm(), join(directory, CEDAR_WASM_FILE));
}
