/** How a start fails: one clear line and a non-zero exit. And how it ends when it does not. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { BAKED_BUNDLE_FILE } from '../../adapters/bundle/baked.ts';
import { contextOf, urlsOf } from '../../local/context.ts';
import { freePorts, StartError } from '../../local/preflight.ts';
import { synthesizeApart } from '../../local/runtime/synthesis.ts';
import { startLocal } from '../../local/system.ts';
import { temporaryHome } from './harness.ts';
import { takePlace } from './place.ts';
import { startProcess } from './process.ts';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function home(): string {
  const temporary = temporaryHome();
  cleanups.push(temporary.remove);
  return temporary.home;
}

/** The exit code and the lines on standard error that are no progress. */
async function failure(settings: Readonly<Record<string, string>>): Promise<{ code: number | null; lines: string[] }> {
  const { ended, output } = startProcess(settings);
  const { code } = await ended;
  expect(output.stdout).toBe('');
  return { code, lines: output.stderr.split('\n').filter((line) => line.startsWith('writ:')) };
}

describe('npm start', () => {
  it('says that a port is busy', async () => {
    const { api, aws } = await freePorts(Math.random);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(aws, '127.0.0.1', resolve));
    cleanups.push(
      () =>
        new Promise((resolve) =>
          server.close(() => {
            resolve();
          }),
        ),
    );
    expect(await failure({ WRIT_HOME: home(), WRIT_PORT: String(api) })).toEqual({
      code: 1,
      lines: [
        `writ: port ${aws} is busy, and the local AWS needs it. Stop what uses it, or choose others: WRIT_PORT=5600`,
      ],
    });
  });

  it('says that the state directory can’t be written', async () => {
    const file = join(home(), 'file');
    writeFileSync(file, '');
    const { code, lines } = await failure({ WRIT_HOME: join(file, 'state') });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`writ: the state directory \`${file}/state\` can't be written`);
  });

  it('says that the state is damaged, and what to do', async () => {
    const directory = home();
    mkdirSync(join(directory, 'aws', 'state'), { recursive: true });
    writeFileSync(join(directory, 'aws', 'state', 'CURRENT'), 'garbage\n');
    const { api } = await freePorts(Math.random);
    const { code, lines } = await failure({ WRIT_HOME: directory, WRIT_PORT: String(api) });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^writ: the state in `.+\/aws` can't be read \(.+\)\. Remove it to start anew, or choose another directory: WRIT_HOME=…$/,
    );
  });

  it('says that a setting is wrong', async () => {
    expect(await failure({ WRIT_PORT: 'http' })).toEqual({
      code: 1,
      lines: ['writ: WRIT_PORT must be a port from 1 to 65533; the two after it are used too'],
    });
  });

  it('gets ready, refuses a second one in the same directory, and stops when told', { timeout: 300_000 }, async () => {
    const first = await freePorts(Math.random);
    const directory = home();
    const running = startProcess({ WRIT_HOME: directory, WRIT_PORT: String(first.api), NO_COLOR: '1' });
    cleanups.push(async () => {
      running.child.kill('SIGKILL');
      await running.ended;
    });
    expect(await running.ready).toEqual({ ready: true, ...urlsOf(first) });
    expect(running.output.stdout).toContain('Writ is running on this computer');
    expect(running.output.stdout + running.output.stderr).not.toContain('\u001b[');

    // Chosen now: systems of other tests start meanwhile, and take ports too.
    const second = await freePorts(Math.random);
    const { code, lines } = await failure({ WRIT_HOME: directory, WRIT_PORT: String(second.api) });
    expect(code).toBe(1);
    expect(lines).toEqual([
      `writ: another process uses \`${directory}/aws\`. Stop it, or choose another directory: WRIT_HOME=…`,
    ]);

    // The second one has touched nothing that the first one runs from.
    expect(existsSync(join(directory, 'assembly', 'manifest.json'))).toBe(true);

    running.child.kill('SIGINT');
    expect(await running.ended).toEqual({ code: 0, signal: null });
  });
});

describe('a start in process', () => {
  it('names the policy file that can’t be used', async () => {
    const policies = join(home(), 'policies');
    cpSync(POLICIES, policies, { recursive: true });
    writeFileSync(join(policies, 'catalogue.json'), '[{}]');
    const starting = startLocal({ home: home(), ports: await freePorts(Math.random), policies });
    await expect(starting).rejects.toThrow(StartError);
    await expect(starting).rejects.toThrow(/the CDK app can't be synthesized: policies .*catalogue\.json/);
  });

  it('names what an assembly lacks, and leaves no port taken', async () => {
    const { ports, assembly } = await takePlace();
    const [asset = ''] = readdirSync(assembly).filter((name) => name.startsWith('asset.'));
    rmSync(join(assembly, asset), { recursive: true });
    const starting = startLocal({ home: home(), ports, assembly });
    await expect(starting).rejects.toThrow(/^WritBroker\/\w+: the assembly holds no asset `[0-9a-f]{64}\.zip`$/);

    const empty = join(home(), 'empty');
    mkdirSync(empty);
    // The same ports again: the start that failed has let them go.
    await expect(startLocal({ home: home(), ports, assembly: empty })).rejects.toThrow(
      `cannot read \`${empty}/manifest.json\``,
    );
  });
});

describe('the assembly of these tests', () => {
  it('is what would have been made for their ports', async () => {
    const place = await takePlace();
    const made = join(home(), 'made');
    await synthesizeApart({ directory: made, context: contextOf(urlsOf(place.ports), POLICIES) });
    const templates = readdirSync(made).filter((name) => name.endsWith('.template.json'));
    expect(templates.length).toBeGreaterThan(3);
    for (const name of templates) {
      expect(unkeyed(join(place.assembly, name))).toBe(unkeyed(join(made, name)));
    }
    expect(bundlesIn(place.assembly)).toEqual(bundlesIn(made));
    expect(bundlesIn(made)).toHaveLength(1);
  });
});

/** A template but for the keys of its functions' code, which are made of the bundle too. */
const unkeyed = (path: string): string => readFileSync(path, 'utf8').replace(/[0-9a-f]{64}\.zip/g, 'asset.zip');

/** All policy bundles beside the functions' code, each once. */
function bundlesIn(assembly: string): string[] {
  const files = readdirSync(assembly).map((name) => join(assembly, name, BAKED_BUNDLE_FILE));
  return [...new Set(files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8')))];
}
