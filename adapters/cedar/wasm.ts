import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { initSync } from '@cedar-policy/cedar-wasm/web';

/** The engine's code, 4.3 MB. It lies beside a function's bundle, under this name. */
export const CEDAR_WASM_FILE = 'cedar_wasm_bg.wasm';

/** Gives the engine's WebAssembly; called once a process. */
export type WasmLoader = () => Uint8Array;

let ready = false;

/**
 * Starts the engine unless it runs already. The package's `web` build is used everywhere, since it alone takes its
 * WebAssembly from us and can so be bundled: 3 kB of code and a file, instead of an import that esbuild can't follow.
 *
 * @throws whatever the loader throws, or a WebAssembly error for bytes that are no engine
 */
export function startCedar(load: WasmLoader): void {
  if (ready) return;
  keepCallsOutOfLine();
  initSync({ module: load() });
  ready = true;
}

/**
 * V8 of Node 20 can end the process, as unreachable code in its deoptimizer, once a call of WebAssembly that returns an
 * object was compiled into its caller. Seen after some ten thousand decisions.
 */
function keepCallsOutOfLine(): void {
  if (process.versions.node.startsWith('20.')) setFlagsFromString('--no-turbo-inline-js-wasm-calls');
}

/** The installed package's file: what a build copies beside each function that decides. Not for use in a bundle. */
export function installedCedarWasm(): string {
  // Its `exports` let only the CommonJS build be found by path; the builds lie side by side.
  const sibling = createRequire(import.meta.url).resolve('@cedar-policy/cedar-wasm/nodejs');
  return join(dirname(sibling), '..', 'web', CEDAR_WASM_FILE);
}

/** For processes that run from source: synth, tests, tools. */
export const loadInstalledWasm: WasmLoader = () => readFileSync(installedCedarWasm());
