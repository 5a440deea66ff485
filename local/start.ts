/**
 * `npm start`: the whole system on a laptop. People read standard error; standard output gets the banner and then one
 * line of JSON for scripts: `{"ready":true,"api":…,"aws":…,"issuer":…}`.
 */
import { banner, coloursFor, stepLine } from './banner.ts';
import { StartError } from './preflight.ts';
import { readSettings } from './settings.ts';
import { startLocal } from './system.ts';
import type { LocalSystem } from './system.ts';

const { stdout, stderr, env } = process;

async function main(): Promise<void> {
  const began = performance.now();
  const colours = coloursFor(stderr, env);
  const settings = readSettings(env);
  stderr.write(`Starting Writ in ${settings.home}\n`);
  const system = await startLocal({
    ...settings,
    faultControl: true,
    onStep: (step, durationMs) => stderr.write(`${stepLine(step, durationMs, colours)}\n`),
    onProblem: (error, where) => {
      stderr.write(`writ: ${where}: ${error instanceof Error ? error.message : String(error)}\n`);
    },
  });
  stderr.write(`${stepLine('ready', performance.now() - began, colours)}\n`);
  const { api, aws, issuer } = system;
  stdout.write(`${banner({ api, aws, issuer, home: settings.home }, coloursFor(stdout, env))}\n`);
  stdout.write(`${JSON.stringify({ ready: true, api, aws, issuer })}\n`);
  closeOnSignals(system);
}

function closeOnSignals(system: LocalSystem): void {
  let closing = false;
  const close = (): void => {
    // Whoever asks twice does not want to wait.
    if (closing) process.exit(130);
    closing = true;
    stderr.write('Stopping\n');
    system.close().then(
      () => process.exit(0),
      (error: unknown) => {
        fail(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
}

function fail(error: unknown): void {
  const line = error instanceof StartError ? error.message : `could not start: ${String(error)}`;
  stderr.write(`writ: ${line}\n`);
}

await main().catch((error: unknown) => {
  fail(error);
  process.exit(1);
});
