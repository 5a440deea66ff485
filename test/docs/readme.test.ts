import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takePlace } from '../e2e/place.ts';
import { agrees, runShell, stepsOf } from './transcript.ts';

/** The sessions of the documents, word for word, against `npm start`, as a newcomer would type them. */

const home = mkdtempSync(join(tmpdir(), 'writ-readme-'));
const ownPath = join(home, 'bin');
const env: NodeJS.ProcessEnv = {
  PATH: `${ownPath}:${process.env['PATH'] ?? ''}`,
  HOME: home,
  NO_COLOR: '1',
  WRIT_HOME: join(home, 'state'),
  WRIT_CONFIG_HOME: join(home, 'config'),
  WRIT_KEYCHAIN: 'off',
  AWS_PAGER: '',
};
let system: ReturnType<typeof spawn> | undefined;

beforeAll(async () => {
  standInForNpx(WRIT);
  const { ports, assembly } = await takePlace();
  env['WRIT_PORT'] = String(ports.api);
  const settings = { ...env, WRIT_ASSEMBLY: assembly };
  system = spawn('npm', ['start'], { env: settings, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  await readyLine(system);
});

afterAll(async () => {
  if (system?.pid !== undefined && system.exitCode === null) {
    const closed = new Promise((resolve) => system?.on('close', resolve));
    process.kill(-system.pid, 'SIGTERM');
    await closed;
  }
  rmSync(home, { recursive: true, force: true });
});

/**
 * Stands for `npx`, which takes most of a second to find the same file each time. Whatever else is asked of it fails, so
 * that no document can rest on it unseen.
 */
function standInForNpx(writ: string): void {
  mkdirSync(ownPath);
  const script = `#!/bin/sh\n[ "$1" = writ ] || exit 127\nshift\nexec '${writ}' "$@"\n`;
  writeFileSync(join(ownPath, 'npx'), script, { mode: 0o755 });
}

const WRIT = resolve('node_modules/.bin/writ');

it('is run by npx, which runs what these tests run', () => {
  const versionBy = (command: string, args: readonly string[]): string =>
    spawnSync(command, [...args, '--version'], { env: { ...env, PATH: process.env['PATH'] }, encoding: 'utf8' }).stdout;
  expect(versionBy('npx', ['writ'])).toBe(versionBy(WRIT, []));
  expect(versionBy(WRIT, [])).toMatch(/^\d+\./);
});

const hasAwsCli = spawnSync('aws', ['--version']).status === 0;
const usesAwsCli = (command: string): boolean => /(^|\s)aws\s/.test(command);

const DOCUMENTS = ['README.md', 'docs/approvals.md'];

describe.each(DOCUMENTS)('%s', (document) => {
  it('shows a session that happens like that', async () => {
    const all = stepsOf(readFileSync(document, 'utf8'));
    expect(all.length).toBeGreaterThan(10);
    if (!hasAwsCli && all.some(({ command }) => usesAwsCli(command))) {
      expect(process.env['WRIT_REQUIRE_OPTIONAL']).toBeUndefined();
      process.stderr.write(`skipped: commands of ${document} that need the AWS CLI, which is not installed\n`);
    }
    const steps = all.filter(({ command }) => hasAwsCli || !usesAwsCli(command));
    const outputs = await runShell(
      steps.map(({ command }) => command),
      env,
      process.cwd(),
    );
    for (const [index, { command, expected }] of steps.entries()) {
      const actual = outputs[index] ?? '';
      if (!agrees(expected, actual)) expect(`$ ${command}\n${actual}`).toBe(`$ ${command}\n${expected}`);
    }
  }, 600_000);
});

function readyLine(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.includes('{"ready":true')) resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`npm start ended with ${code ?? 'a signal'}: ${output}`));
    });
  });
}
