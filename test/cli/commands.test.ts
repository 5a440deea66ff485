import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { problem } from '../sdk/fake-api.ts';
import type { CliUnderTest } from './harness.ts';
import { ACCESS_TOKEN, ranOf, startCli } from './harness.ts';

let cli: CliUnderTest;

beforeAll(async () => {
  cli = await startCli();
  expect((await cli.writ(['login', '--user', 'alice'])).code).toBe(0);
});
afterAll(async () => {
  await cli.stop();
});
beforeEach(() => {
  expect(cli.api.violations).toEqual([]);
  cli.api.requests.length = 0;
});

describe('signing in', () => {
  it('keeps the token in a file of 0600 in a directory of 0700, and shows it nowhere', async () => {
    const ran = await cli.writ(['login', '--user', 'alice', '--json']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toMatchObject({ subject: 'alice', domain: 'admin' });
    expect(ran.stdout).not.toContain(ACCESS_TOKEN);

    const directory = join(cli.home, 'config', 'sessions');
    const [file = ''] = await readdir(directory);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(directory, file), 'utf8')).toContain(ACCESS_TOKEN);
    expect(cli.issuer.asked.at(-1)).toBe('/dev/token?user=alice');
  });

  it('asks for a second factor with --mfa', async () => {
    await cli.writ(['login', '--user', 'alice', '--mfa']);
    expect(cli.issuer.asked.at(-1)).toBe('/dev/token?user=alice&mfa=true');
  });

  it.each([
    [['login', '--user', 'mallory'], 3, 'the local issuer knows no user "mallory"'],
    [
      ['login', '--domain', 'nowhere'],
      2,
      'there is no identity domain "nowhere"\n  what to do: Give --domain, one of: admin, partner',
    ],
    [
      ['login', '--domain', 'partner'],
      3,
      'the command line is no client of https://partner.example.com (domain partner)',
    ],
    [['login', '--domain', 'partner', '--user', 'alice'], 3, '--user works with the local issuer alone'],
    [['login', '--mfa', '--device'], 2, 'the device flow can’t ask for a second factor'],
  ])('%j fails with %i', async (args, code, text) => {
    const ran = await cli.writ(args);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toContain(text);
  });

  it('refuses a sign-in that the API refuses, and keeps the one before', async () => {
    const before = cli.api.answers.getMe;
    cli.api.answers.getMe = () => problem('unauthenticated');
    const ran = await cli.writ(['login', '--user', 'alice']);
    if (before) cli.api.answers.getMe = before;
    expect(ran.code).toBe(3);
    expect((await cli.writ(['whoami'])).code).toBe(0);
  });

  it('does not use a token file that others can read', async () => {
    const directory = join(cli.home, 'config', 'sessions');
    const file = join(directory, (await readdir(directory))[0] ?? '');
    await chmod(file, 0o640);
    const ran = await cli.writ(['whoami']);
    await chmod(file, 0o600);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(
      `is open to others (mode 640)\n  what to do: If nobody else used it: chmod 600 ${file}`,
    );
    expect(cli.api.requests).toEqual([]);
  });

  it('sends the token to the API that it was asked for, and to no other', async () => {
    const ran = await cli.writ(['whoami', '--api', 'http://127.0.0.1:1']);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toContain('you are not signed in to http://127.0.0.1:1');
  });

  it('signs out, and says so when it is no longer signed in', async () => {
    const config = { WRIT_CONFIG_HOME: join(cli.home, 'other') };
    expect((await cli.writ(['login', '--user', 'alice'], config)).code).toBe(0);
    expect(await cli.writ(['logout'], config)).toMatchObject({ code: 0, stdout: `Signed out of ${cli.api.url}.\n` });
    expect(await readdir(join(cli.home, 'other', 'sessions'))).toEqual([]);
    expect(await cli.writ(['whoami'], config)).toMatchObject({
      code: 3,
      stdout: '',
      stderr: `writ: you are not signed in to ${cli.api.url} (profile local)\n  what to do: writ login\n`,
    });
  });

  it('says how to sign in again when the sign-in has expired', async () => {
    const config = { WRIT_CONFIG_HOME: join(cli.home, 'expired') };
    cli.issuer.setLifetime(20);
    await cli.writ(['login', '--user', 'alice', '--mfa'], config);
    cli.issuer.setLifetime(3_600);
    expect(await cli.writ(['whoami'], config)).toMatchObject({
      code: 3,
      stderr: 'writ: your sign-in has expired\n  what to do: writ login --user alice --mfa\n',
    });
  });
});

describe('profiles', () => {
  it('adds, lists and uses them; --profile goes before WRIT_API', async () => {
    const config = { WRIT_CONFIG_HOME: join(cli.home, 'profiles'), WRIT_API: '' };
    expect((await cli.writ(['profile', 'add', 'prod', '--api', 'https://writ.example.com/'], config)).code).toBe(0);
    expect((await cli.writ(['profile', 'use', 'prod'], config)).code).toBe(0);
    expect(JSON.parse((await cli.writ(['profile', 'list', '--json'], config)).stdout)).toEqual({
      items: [
        { name: 'local', api: 'http://127.0.0.1:4600', inUse: false },
        { name: 'prod', api: 'https://writ.example.com', inUse: true },
      ],
    });
    const local = await cli.writ(['whoami', '--profile', 'local'], { ...config, WRIT_PORT: '5600' });
    expect(local.stderr).toContain('not signed in to http://127.0.0.1:5600 (profile local)');
    const named = await cli.writ(['whoami', '--profile', 'prod'], { ...config, WRIT_API: cli.api.url });
    expect(named.stderr).toContain('not signed in to https://writ.example.com (profile prod)');
  });

  it.each([
    [['profile', 'add', 'prod', '--api', 'http://writ.example.com'], 'is not the address of an API'],
    [['profile', 'add', 'prod', '--api', 'https://writ.example.com/prod'], 'is more than an address'],
    [['profile', 'add', 'Prod!', '--api', 'https://writ.example.com'], 'is not a profile name'],
    [['profile', 'use', 'nowhere'], 'there is no profile "nowhere"'],
    [['whoami', '--profile', 'nowhere'], 'there is no profile "nowhere"'],
  ])('refuses %j', async (args, text) => {
    const ran = await cli.writ(args, { WRIT_CONFIG_HOME: join(cli.home, 'refused') });
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(text);
  });
});

describe('the command line itself', () => {
  it('helps, knows its version, and suggests', async () => {
    expect((await cli.writ(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await cli.writ(['help', 'sudo'])).stdout).toContain('Usage: writ sudo [options] [entitlement]');
    expect((await cli.writ([])).code).toBe(0);
    const typo = await cli.writ(['reqest']);
    expect(typo).toMatchObject({ code: 2, stdout: '' });
    expect(typo.stderr).toContain("unknown command 'reqest'");
    expect((await cli.writ(['whoami', '--', 'ls'])).code).toBe(2);
  });

  it('exits with 7 when nothing answers, in one line and what to do', async () => {
    const ran = await cli.writ(['login', '--user', 'alice', '--api', 'http://127.0.0.1:1']);
    expect(ran).toMatchObject({ code: 7, stdout: '' });
    expect(ran.stderr).toMatch(/^writ: no answer from http:\/\/127\.0\.0\.1:1: .+\n {2}what to do: .+\n$/);
  });

  it('says what to do when it is not built', async () => {
    const root = await mkdtemp(join(tmpdir(), 'writ-launcher-'));
    await mkdir(join(root, 'bin'));
    await copyFile('cli/bin/writ.mjs', join(root, 'bin', 'writ.mjs'));
    expect(await ranOf(spawn(process.execPath, [join(root, 'bin', 'writ.mjs'), 'whoami']))).toEqual({
      code: 1,
      stdout: '',
      stderr: 'writ: the command line is not built yet\n  what to do: npm run build:cli\n',
    });
    await mkdir(join(root, 'dist'));
    await copyFile(cli.bundle, join(root, 'dist', 'writ.mjs'));
    expect((await ranOf(spawn(process.execPath, [join(root, 'bin', 'writ.mjs'), '--version']))).code).toBe(0);
  });

  it('checks everything with doctor', async () => {
    const ran = await cli.writ(['doctor', '--json']);
    const { checks } = JSON.parse(ran.stdout) as { checks: { check: string; state: string; detail: string }[] };
    const states = Object.fromEntries(checks.map(({ check, state }) => [check, state]));
    expect(states).toMatchObject({
      configuration: 'ok',
      API: 'ok',
      clock: 'ok',
      'sign-in': 'ok',
      'issuer (admin)': 'fail',
      'AWS endpoint': 'fail',
    });
    expect(ran.code).toBe(1);
    const down = await cli.writ(['doctor', '--api', 'http://127.0.0.1:1']);
    expect(down.code).toBe(1);
    expect(down.stdout).toMatch(/^fail {2}API +no answer from http:\/\/127\.0\.0\.1:1/m);
    expect(down.stdout).toContain('what to do (API): ');
  });
});
