import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AwsCredentialsView, GrantView } from '../../contract/schemas.ts';
import { problem } from '../sdk/fake-api.ts';
import { GRANT_ID, OTHER_GRANT_ID, sampleEntitlement, sampleGrant } from '../sdk/samples.ts';
import type { CliUnderTest } from './harness.ts';
import { ACCESS_TOKEN, ranOf, startCli } from './harness.ts';

const SECRET = 'aws-secret-key-0123456789';
const ASK = ['orders-read', '--param', 'customer=C-42', '--reason', 'INC-42'];

let cli: CliUnderTest;
let grants: GrantView[];
let sessionSeconds: number;
let issued: number;

const soon = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();
const active = (seconds: number, more: Partial<GrantView> = {}) => sampleGrant({ expiresAt: soon(seconds), ...more });
const calls = (): string[] => cli.api.requests.map(({ id }) => id);
const credentials = (): AwsCredentialsView => ({
  Version: 1,
  AccessKeyId: `ASIA${String((issued += 1))}`,
  SecretAccessKey: SECRET,
  SessionToken: 'session-token',
  Expiration: soon(sessionSeconds),
});
const node = (script: string): string[] => ['--', process.execPath, '-e', script];
const PRINT_AWS = node(
  'console.log(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(AWS|WRIT)_/.test(name)))))',
);

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
  grants = [];
  sessionSeconds = 900;
  issued = 0;
  const find = (id: string | undefined) => grants.find((grant) => grant.id === id);
  Object.assign(cli.api.answers, {
    listEntitlements: () => ({ status: 200, body: { items: [sampleEntitlement({ region: 'eu-central-1' })] } }),
    createGrant: () => {
      grants.push(active(900));
      return { status: 201, body: grants.at(-1) };
    },
    listGrants: () => ({ status: 200, body: { items: grants } }),
    getGrant: ({ path }) => {
      const grant = find(path['id']);
      return grant ? { status: 200, body: grant } : problem('not_found');
    },
    issueAwsCredentials: () => ({ status: 200, body: credentials() }),
    returnGrant: ({ path }) => ({ status: 200, body: { ...find(path['id']), status: 'returned', endedAt: soon(0) } }),
    cancelGrant: ({ path }) => ({ status: 200, body: { ...find(path['id']), status: 'cancelled', endedAt: soon(0) } }),
    issueConsoleSession: () => ({
      status: 200,
      body: { url: 'https://signin.example.com/?t=1', expiresAt: soon(900) },
    }),
  } satisfies CliUnderTest['api']['answers']);
});

describe('writ creds', () => {
  it('prints the credential_process document and nothing else', async () => {
    grants = [active(3_600)];
    const ran = await cli.writ(['creds']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(Object.keys(JSON.parse(ran.stdout) as object)).toEqual([
      'Version',
      'AccessKeyId',
      'SecretAccessKey',
      'SessionToken',
      'Expiration',
    ]);
  });

  it('keeps a session in a private file and gives it again while it is good, and only while the grant lives', async () => {
    grants = [active(3_600, { id: OTHER_GRANT_ID })];
    const first = await cli.writ(['creds', '--entitlement', 'orders-read']);
    const directory = join(cli.home, 'config', 'credentials');
    const file = join(directory, (await readdir(directory)).find((name) => name.includes(OTHER_GRANT_ID)) ?? '');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await cli.writ(['creds', OTHER_GRANT_ID])).stdout).toBe(first.stdout);
    expect(calls().filter((id) => id === 'issueAwsCredentials')).toHaveLength(1);

    grants = [{ ...active(3_600), id: OTHER_GRANT_ID, status: 'revoked', endedAt: soon(0) }];
    cli.api.answers.issueAwsCredentials = () => problem('grant_ended');
    expect(await cli.writ(['creds', OTHER_GRANT_ID])).toEqual({
      code: 6,
      stdout: '',
      stderr: 'writ: grant_ended (fake)\n  what to do: Make a new request: writ request.\n',
    });
    expect((await readdir(directory)).filter((name) => name.includes(OTHER_GRANT_ID))).toEqual([]);
  });

  it('gets a new session when less than five minutes are left and the grant has more', async () => {
    grants = [active(3_600)];
    await cli.writ(['logout']);
    await cli.writ(['login', '--user', 'alice']);
    sessionSeconds = 200;
    await cli.writ(['creds']);
    await cli.writ(['creds']);
    expect(calls().filter((id) => id === 'issueAwsCredentials')).toHaveLength(2);
  });

  it('gets one session for many that ask at the same time', async () => {
    await cli.writ(['logout']);
    await cli.writ(['login', '--user', 'alice']);
    grants = [active(3_600)];
    const all = await Promise.all(Array.from({ length: 4 }, () => cli.writ(['creds'])));
    expect(new Set(all.map(({ stdout }) => stdout)).size).toBe(1);
    expect(calls().filter((id) => id === 'issueAwsCredentials')).toHaveLength(1);
  });

  it('says no with an exit code and an empty stdout, also with --json', async () => {
    expect(await cli.writ(['creds', '--json'])).toEqual({
      code: 6,
      stdout: '',
      stderr: 'writ: you have no active grant\n  what to do: writ request\n',
    });
    expect((await cli.writ(['creds', '--entitlement', 'orders-read'])).stderr).toContain('writ request orders-read\n');
  });

  it('prints an AWS profile, and adds it once with --write', async () => {
    const config = join(cli.home, 'aws-config');
    const env = { AWS_CONFIG_FILE: config };
    const args = ['creds', '--configure', 'orders', '--entitlement', 'orders-read'];
    const printed = (await cli.writ(args, env)).stdout;
    expect(printed).toBe(
      [
        '[profile orders]',
        `credential_process = ${process.execPath} ${cli.bundle} creds --entitlement orders-read --profile local --api ${cli.api.url}`,
        'region = eu-central-1',
        'endpoint_url = http://127.0.0.1:1',
        '',
      ].join('\n'),
    );
    expect((await cli.writ([...args, '--write'], env)).code).toBe(0);
    expect(await readFile(config, 'utf8')).toBe(printed);
    const again = await cli.writ([...args, '--write'], env);
    expect(again.code).toBe(6);
    expect(await readFile(config, 'utf8')).toBe(printed);
    expect((await cli.writ([...args.slice(0, 2), 'a]\nb', '--entitlement', 'orders-read'])).code).toBe(2);
  });
});

describe('writ console', () => {
  it('prints the link where there is no browser, or with --print', async () => {
    grants = [active(900)];
    expect((await cli.writ(['console'])).stdout).toBe('https://signin.example.com/?t=1\n');
    const ran = await cli.writ(['console', '--print'], { DISPLAY: ':0' });
    expect(ran.stdout).toBe('https://signin.example.com/?t=1\n');
    expect(ran.stderr).toMatch(/^Open it yourself, and give it to nobody/);
  });
});

describe('writ sudo', () => {
  it('lends, runs, and gives back; the command gets the session and no other AWS identity', async () => {
    const ran = await cli.writ(['sudo', ...ASK, ...PRINT_AWS], {
      AWS_PROFILE: 'mine',
      AWS_ACCESS_KEY_ID: 'AKIAMINE',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://elsewhere',
      AWS_WEB_IDENTITY_TOKEN_FILE: '/token',
    });
    expect(ran.code).toBe(0);
    const env = JSON.parse(ran.stdout) as Record<string, string>;
    const { WRIT_API: _, WRIT_CONFIG_HOME: __, WRIT_KEYCHAIN: ___, ...aws } = env;
    expect(aws).toEqual({
      AWS_ACCESS_KEY_ID: 'ASIA1',
      AWS_SECRET_ACCESS_KEY: SECRET,
      AWS_SESSION_TOKEN: 'session-token',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    });
    expect(ran.stderr).toMatch(
      new RegExp(`^writ: lent ${GRANT_ID}: orders-read customer=C-42, 1\\dm.* left\nwrit: gave ${GRANT_ID} back\n$`),
    );
    expect(ran.stderr + ran.stdout).not.toContain(ACCESS_TOKEN);
    expect(calls().at(-1)).toBe('returnGrant');
  });

  it("answers with the command's exit code, and gives back after its failure", async () => {
    expect((await cli.writ(['sudo', ...ASK, ...node('process.exit(42)')])).code).toBe(42);
    expect((await cli.writ(['sudo', ...ASK, ...node('process.kill(process.pid, "SIGKILL")')])).code).toBe(137);
    expect((await cli.writ(['sudo', ...ASK, '--', '/nowhere/at/all'])).code).toBe(127);
    expect((await cli.writ(['sudo', ...ASK, '--', cli.home])).code).toBe(126);
    expect(calls().filter((id) => id === 'returnGrant')).toHaveLength(4);
  });

  it('holds on with --keep', async () => {
    const ran = await cli.writ(['sudo', ...ASK, '--keep', ...node('')]);
    expect(ran.stderr).toContain(`writ: kept ${GRANT_ID}. Give it back: writ done ${GRANT_ID}`);
    expect(calls()).not.toContain('returnGrant');
  });

  it('uses the only active grant when nothing is said, and leaves it be', async () => {
    grants = [active(600)];
    const ran = await cli.writ(['sudo', ...node('process.exit(3)')]);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toMatch(
      new RegExp(`^writ: ${GRANT_ID} stays active, (10m|9m5\\ds) left. Give it back: writ done ${GRANT_ID}$`, 'm'),
    );
    expect(calls()).not.toContain('createGrant');
    expect(calls()).not.toContain('returnGrant');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('passes %s on and gives the grant back', async (signal, code) => {
    const child = cli.spawnWrit(['sudo', ...ASK, ...node('console.log("up"); setInterval(() => {}, 1000)')]);
    const ran = ranOf(child);
    await once(child.stdout, 'data');
    child.kill(signal);
    expect((await ran).code).toBe(code);
    expect(calls().at(-1)).toBe('returnGrant');
  });

  it('gives the grant back when it is stopped before the command runs', async () => {
    cli.api.answers.createGrant = () => {
      child.kill('SIGINT');
      grants.push(active(900));
      return { status: 201, body: grants.at(-1) };
    };
    const child = cli.spawnWrit(['sudo', ...ASK, ...node('console.log("ran")')]);
    const ran = await ranOf(child);
    expect(ran).toMatchObject({ code: 130, stdout: '' });
    expect(calls().at(-1)).toBe('returnGrant');
  });

  it('says loudly when the grant was not given back; a success becomes 125, a failure stays', async () => {
    cli.api.answers.returnGrant = () => problem('internal_error');
    const ran = await cli.writ(['sudo', ...ASK, ...node('')]);
    expect(ran.code).toBe(125);
    expect(ran.stderr).toContain(
      `writ: WARNING: ${GRANT_ID} WAS NOT GIVEN BACK and is still active. Give it back now: writ done ${GRANT_ID}\n`,
    );
    expect((await cli.writ(['sudo', ...ASK, ...node('process.exit(9)')])).code).toBe(9);
  });

  it('is content when the grant was over already', async () => {
    cli.api.answers.returnGrant = () => problem('grant_ended');
    const ran = await cli.writ(['sudo', ...ASK, ...node('')]);
    expect(ran.code).toBe(0);
    expect(ran.stderr).toContain(`writ: ${GRANT_ID} was over already`);
  });

  it.each([
    ['a denial', () => (cli.api.answers.createGrant = () => problem('request_denied')), []],
    ['no credentials', () => (cli.api.answers.issueAwsCredentials = () => problem('issuance_denied')), ['returnGrant']],
    ['no region', () => (cli.api.answers.getConfiguration = () => problem('internal_error')), ['returnGrant']],
  ])('does not run the command after %s: 125', async (_, breakIt, after) => {
    const whole = cli.api.answers.getConfiguration;
    breakIt();
    const ran = await cli.writ(['sudo', ...ASK, ...node('console.log("ran")')]);
    if (whole) cli.api.answers.getConfiguration = whole;
    expect(ran).toMatchObject({ code: 125, stdout: '' });
    expect(
      calls()
        .slice(-1)
        .filter((id) => id === 'returnGrant'),
    ).toEqual(after);
  });

  it.each([
    [[], 'there is no command to run'],
    [['--', 'ls'], 'you have no active grant, and the entitlement is missing'],
    [['orders-read', '--', 'ls'], 'Add: --param customer=C-42 --reason "…"'],
    [['--bogus', '--', 'ls'], "unknown option '--bogus'"],
  ])('answers 125 to writ sudo %j', async (args, text) => {
    const ran = await cli.writ(['sudo', ...args]);
    expect(ran).toMatchObject({ code: 125, stdout: '' });
    expect(ran.stderr).toContain(text);
  });

  it('withdraws a request that never became active', async () => {
    const pending = active(900, { status: 'pending' });
    cli.api.answers.createGrant = () => ({ status: 201, body: pending });
    cli.api.answers.returnGrant = () => problem('grant_not_active');
    grants = [pending];
    const child = cli.spawnWrit(['sudo', ...ASK, ...node('console.log("ran")')]);
    const ran = ranOf(child);
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ran;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain(`writ: withdrew the request ${GRANT_ID}\n`);
    expect(calls().at(-1)).toBe('cancelGrant');
  });

  it('renews for a job that outlives a session: any AWS SDK asks again', async () => {
    grants = [active(3_600)];
    sessionSeconds = 120; // nearly over at once, so every question gets a new session
    const script = `
      const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: token } = process.env;
      const ask = (headers) => fetch(url, { headers }).then(async (answer) => [answer.status, await answer.json()]);
      (async () => {
        const results = [await ask({ authorization: token }), await ask({ authorization: token }), await ask({})];
        console.log(JSON.stringify({ results, static: process.env.AWS_ACCESS_KEY_ID, files: process.env.AWS_CONFIG_FILE }));
      })();`;
    const ran = await cli.writ(['sudo', ...node(script)], { AWS_ACCESS_KEY_ID: 'AKIAMINE' });
    const { results, ...rest } = JSON.parse(ran.stdout) as { results: [number, Record<string, string>][] };
    expect(rest).toEqual({ files: '/dev/null' });
    expect(results.map(([status]) => status)).toEqual([200, 200, 401]);
    expect(results[0]?.[1]).toEqual({
      AccessKeyId: 'ASIA2',
      SecretAccessKey: SECRET,
      Token: 'session-token',
      Expiration: expect.any(String) as string,
    });
    expect(results[1]?.[1]['AccessKeyId']).toBe('ASIA3');
  });

  it('is understood by the AWS SDK in both ways', async () => {
    const script = `
      const { fromNodeProviderChain } = require('@aws-sdk/credential-provider-node');
      const { defaultProvider = fromNodeProviderChain } = require('@aws-sdk/credential-provider-node');
      defaultProvider()().then(({ accessKeyId, sessionToken }) => console.log(accessKeyId, sessionToken));`;
    for (const seconds of [900, 3_600]) {
      grants = [active(seconds)];
      issued = 0;
      const ran = await cli.writ(['sudo', ...node(script)]);
      expect(ran.stdout).toBe('ASIA1 session-token\n');
    }
  });

  it('shows no secret in a command line', async () => {
    grants = [active(3_600)];
    const script = `console.log("up"); process.stdin.on("data", () => {}); setTimeout(() => {}, 3000)`;
    const child = cli.spawnWrit(['sudo', ...node(script)]);
    const ran = ranOf(child);
    await once(child.stdout, 'data');
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'args'], { maxBuffer: 10_000_000 });
    const environment = await readFile(`/proc/${String(child.pid)}/environ`, 'utf8').catch(() => '');
    child.kill('SIGTERM');
    await ran;
    expect(stdout).toContain('sudo -- ');
    for (const secret of [ACCESS_TOKEN, SECRET, 'session-token']) expect(stdout + environment).not.toContain(secret);
  });
});
