/**
 * `npm start`: the whole system on a laptop. Progress goes to standard error; standard output gets the banner for
 * people and then one line of JSON for scripts: `{"ready":true,"api":…,"aws":…,"issuer":…}`.
 */
import { join } from 'node:path';
import { banner, coloursFor, stepLine } from './banner.ts';
import { checkHome, checkPorts, logsIn, StartError } from './preflight.ts';
import { readSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import type { LocalSystem } from './system.ts';

const { stdout, stderr, env } = process;

async function run(settings: Settings): Promise<void> {
  const began = performance.now();
  const colours = coloursFor(stderr, env);
  stderr.write(`Starting Writ in ${settings.home}\n`);
  // What is known to be wrong is said at once: to load the rest takes seconds.
  checkHome(settings.home);
  await checkPorts(settings.ports);
  const { startLocal } = await import('./system.ts');
  const system = await startLocal({
    ...settings,
    faultControl: true,
    onStep: (step, durationMs) => stderr.write(`${stepLine(step, durationMs, colours)}\n`),
    onProblem: (error, where) => {
      stderr.write(`writ: ${where}: ${firstLine(error)}\n`);
    },
  });
  closeOnSignals(system, settings.home);
  stderr.write(`${stepLine('ready', performance.now() - began, colours)}\n`);
  const { api, aws, issuer } = system;
  stdout.write(`${banner({ api, aws, issuer, home: settings.home }, coloursFor(stdout, env))}\n`);
  stdout.write(`${JSON.stringify({ ready: true, api, aws, issuer })}\n`);
  // They would be loaded when they are called; now nobody waits for it yet.
  await system.warm().catch((error: unknown) => {
    stderr.write(`writ: loading the functions: ${firstLine(error)}\n`);
  });
}

function closeOnSignals(system: LocalSystem, home: string): void {
  let closing = false;
  const close = (): void => {
    // Whoever asks twice does not want to wait.
    if (closing) process.exit(130);
    closing = true;
    stderr.write('Stopping\n');
    system.close().then(
      () => process.exit(0),
      (error: unknown) => {
        fail(error, home);
      },
    );
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
}

/** One line, and the end. What is nobody's mistake but the code's has its stack in the log. */
function fail(error: unknown, home: string): never {
  const log = join(logsIn(home), 'local.log');
  const line = error instanceof StartError ? firstLine(error) : `${firstLine(error)} (details: ${log})`;
  stderr.write(`writ: ${line}\n`);
  process.exit(1);
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line;
}

// The SDK warns of old versions of Node.js by its own schedule; package.json says which versions work here.
env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
let home = '.writ';
try {
  const settings = readSettings(env);
  home = settings.home;
  await run(settings);
} catch (error) {
  fail(error, home);
}
