import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { clockFrom } from '../../../../local/clock.ts';
import type { FunctionSpec } from '../../../../local/runtime/deploy/deployment.ts';
import { openLog } from '../../../../local/runtime/lambda/log.ts';
import type { Outcome } from '../../../../local/runtime/lambda/outcome.ts';
import { createPool } from '../../../../local/runtime/lambda/pool.ts';
import type { FunctionPool, PoolOptions } from '../../../../local/runtime/lambda/pool.ts';

const DIRECTORY = fileURLToPath(new URL('../fixtures', import.meta.url));
const HOUR_MS = 3_600_000;

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'writ-pool-'));
  cleanups.push(() => {
    rmSync(directory, { recursive: true });
  });
  return directory;
}

interface Fixture extends FunctionPool {
  readonly minted: string[];
  readonly logDirectory: string;
  readonly time: { now: number };
}

function pool(changes: Partial<FunctionSpec> = {}, options: Partial<PoolOptions> = {}): Fixture {
  const logDirectory = temporaryDirectory();
  const minted: string[] = [];
  const time = { now: 0 };
  const clock = { now: () => time.now, rate: 1 };
  const log = openLog(logDirectory, 'echo', clock.now);
  const created = createPool({
    spec: {
      arn: 'arn:aws:lambda:us-east-1:999988887777:function:echo',
      name: 'echo',
      accountId: '999988887777',
      region: 'us-east-1',
      directory: DIRECTORY,
      handler: 'index.handler',
      roleArn: 'arn:aws:iam::999988887777:role/echo',
      environment: { MINE: 'yes' },
      timeoutSeconds: 30,
      memoryMb: 128,
      ...changes,
    },
    awsEndpointUrl: 'http://127.0.0.1:1',
    credentials: async ({ name }) => {
      const accessKeyId = `KEY-${name}-${minted.length}`;
      minted.push(accessKeyId);
      return { accessKeyId, secretAccessKey: 'secret', sessionToken: 'token', expiresAt: time.now + HOUR_MS };
    },
    log,
    clock,
    ...options,
  });
  cleanups.push(
    () => log.close(),
    () => created.close(),
  );
  return { ...created, minted, logDirectory, time };
}

const value = (outcome: Outcome): unknown => {
  if (!outcome.ok) throw new Error(`expected success, got ${JSON.stringify(outcome.error)}`);
  return JSON.parse(outcome.payload);
};
const error = (outcome: Outcome): { errorType: string; errorMessage: string } => {
  if (outcome.ok) throw new Error(`expected a failure, got ${outcome.payload}`);
  return { errorType: outcome.error.errorType, errorMessage: outcome.error.errorMessage };
};

describe('a function that is loaded before it is called', () => {
  it('has a worker that takes the first call', async () => {
    const warmed = pool();
    await warmed.warm();
    expect(warmed.minted).toHaveLength(1);
    expect((await warmed.invoke({ do: 'environment' })).ok).toBe(true);
    expect(warmed.minted).toHaveLength(1);
  });

  it('is not waited for where it can not be loaded: its callers hear of that', async () => {
    const broken = pool({ handler: 'missing.handler' });
    await broken.warm();
    expect(error(await broken.invoke({})).errorType).toBe('Runtime.ImportModuleError');
  });
});

describe('what a function sees', () => {
  it('is its own environment and nothing of the parent’s', async () => {
    process.env['WRIT_TEST_PARENT_SECRET'] = 'hidden';
    cleanups.push(() => {
      delete process.env['WRIT_TEST_PARENT_SECRET'];
    });
    const environment = value(await pool().invoke({ do: 'environment' })) as Record<string, string>;
    expect(environment).toEqual({
      MINE: 'yes',
      _HANDLER: 'index.handler',
      AWS_ACCESS_KEY_ID: 'KEY-echo-0',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'echo',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/echo',
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      LAMBDA_TASK_ROOT: DIRECTORY,
      TZ: ':UTC',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    });
  });

  it('holds no arguments, and nothing but where its bundle is', async () => {
    expect(value(await pool().invoke({ do: 'surroundings' }))).toEqual({
      isMainThread: false,
      workerData: { directory: DIRECTORY, handler: 'index.handler' },
      argv: [],
      execArgv: [],
    });
  });

  it('is system time, from before its bundle is loaded', async () => {
    const systemTime = Date.UTC(2030, 0, 1);
    const anchor = { realTime: Date.now(), systemTime, rate: 100 };
    const clock = { ...clockFrom(anchor), now: () => 0 };
    const times = value(await pool({}, { clock }).invoke({ do: 'times' })) as Record<string, number>;
    expect(times['loaded']).toBeGreaterThanOrEqual(systemTime);
    expect(times['now']).toBeGreaterThanOrEqual(times['loaded'] ?? 0);
    expect(times['made']).toBeGreaterThanOrEqual(times['now'] ?? 0);
    expect(times['text']).toBeGreaterThanOrEqual((times['made'] ?? 0) - 1_000);
    expect(times).toMatchObject({ given: '1970-01-02T00:00:00.000Z', utc: 86_400_000, isDate: true });
  });

  it('has its time-out in real time', async () => {
    const anchor = { realTime: Date.now(), systemTime: 0, rate: 1_000 };
    const clock = { ...clockFrom(anchor), now: () => 0 };
    const times = value(await pool({ timeoutSeconds: 3_600 }, { clock }).invoke({ do: 'times' })) as {
      remaining: number;
    };
    // Seconds, at that rate, would be hours.
    expect(times.remaining).toBeGreaterThan(3_000_000);
  });

  it('has credentials of its own role only', async () => {
    const [first, second] = [pool({ name: 'one' }), pool({ name: 'two' })];
    const [one, two] = await Promise.all([first.invoke({ do: 'environment' }), second.invoke({ do: 'environment' })]);
    expect(value(one)).toMatchObject({ AWS_ACCESS_KEY_ID: 'KEY-one-0' });
    expect(value(two)).toMatchObject({ AWS_ACCESS_KEY_ID: 'KEY-two-0' });
    expect(JSON.stringify(one)).not.toContain('KEY-two');
  });

  it('includes Lambda’s context', async () => {
    const context = value(await pool({ timeoutSeconds: 7 }).invoke({ do: 'context' })) as Record<string, unknown>;
    expect(context).toMatchObject({
      functionName: 'echo',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:999988887777:function:echo',
      memoryLimitInMB: '128',
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    });
    expect(context['remaining']).toBeGreaterThan(0);
    expect(context['remaining']).toBeLessThanOrEqual(7_000);
  });
});

describe('invoking', () => {
  it('gives the answer back, and `null` for none', async () => {
    const echo = pool();
    expect(value(await echo.invoke({ a: [1, 'ü'] }))).toEqual({ a: [1, 'ü'] });
    expect(value(await echo.invoke({ do: 'nothing' }))).toBeNull();
  });

  it('reuses its worker', async () => {
    const echo = pool();
    expect(value(await echo.invoke({ do: 'count' }))).toBe(1);
    expect(value(await echo.invoke({ do: 'count' }))).toBe(2);
    expect(echo.minted).toHaveLength(1);
  });

  it('reports an error that the handler throws, and goes on with the same worker', async () => {
    const echo = pool();
    expect(error(await echo.invoke({ do: 'fail' }))).toEqual({
      errorType: 'TypeError',
      errorMessage: 'the handler failed',
    });
    expect(value(await echo.invoke({ do: 'count' }))).toBe(2);
  });

  it.each([
    ['an error outside of the handler', 'crash', { errorType: 'RangeError', errorMessage: 'out of the handler' }],
    ['an exit', 'exit', { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with code 3' }],
    ['too much memory', 'fill', { errorType: 'Error', errorMessage: expect.stringContaining('memory') as string }],
  ])('answers %s with an error, and goes on with a fresh worker', async (_name, what, expected) => {
    const echo = pool({ memoryMb: 32 });
    expect(error(await echo.invoke({ do: what }))).toEqual(expected);
    expect(value(await echo.invoke({ do: 'count' }))).toBe(1);
    expect(echo.minted).toHaveLength(2);
  });

  it.each(['hang', 'spin'])(
    'stops a handler that takes too long (%s), and goes on with a fresh worker',
    async (what) => {
      const echo = pool({ timeoutSeconds: 1 });
      const { errorType, errorMessage } = error(await echo.invoke({ do: what }));
      expect(errorType).toBe('Sandbox.Timedout');
      expect(errorMessage).toMatch(/^[0-9a-f-]{36} Task timed out after 1\.00 seconds$/);
      expect(value(await echo.invoke({ do: 'count' }))).toBe(1);
    },
  );

  it.each([
    ['missing.handler', 'Runtime.ImportModuleError', "Cannot find module 'missing'"],
    ['index.nobody', 'Runtime.HandlerNotFound', 'index.nobody is undefined or not exported'],
    ['index.notAFunction', 'Runtime.HandlerNotFound', 'index.notAFunction is undefined or not exported'],
  ])('reports a bundle that can’t be loaded: %s', async (handler, errorType, errorMessage) => {
    expect(error(await pool({ handler }).invoke({}))).toEqual({ errorType, errorMessage });
  });

  it('reports a bundle that fails while it loads', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'index.mjs'), "throw new SyntaxError('the bundle is broken');");
    const expected = { errorType: 'SyntaxError', errorMessage: 'the bundle is broken' };
    expect(error(await pool({ directory }).invoke({}))).toEqual(expected);
  });

  it('replaces a worker before its credentials end', async () => {
    const echo = pool();
    await echo.invoke({});
    echo.time.now = HOUR_MS - 60_000;
    expect(value(await echo.invoke({ do: 'environment' }))).toMatchObject({ AWS_ACCESS_KEY_ID: 'KEY-echo-1' });
  });

  it('hands on the error when the role can’t be taken', async () => {
    const echo = pool({}, { credentials: () => Promise.reject(new Error('no such role')) });
    await expect(echo.invoke({})).rejects.toThrow('no such role');
  });
});

describe('many calls at once', () => {
  it('grow the pool to its cap, and the rest wait their turn', async () => {
    const file = join(temporaryDirectory(), 'gate');
    writeFileSync(file, 'wait');
    const echo = pool({}, { size: 2 });
    const calls = Array.from({ length: 5 }, () => echo.invoke({ do: 'wait', file }));
    // All five are under way or wait; opening the gate lets them through by turns.
    writeFileSync(file, 'go');
    const outcomes = await Promise.all(calls);
    expect(outcomes.map((outcome) => outcome.ok)).toEqual([true, true, true, true, true]);
    expect(echo.minted).toHaveLength(2);
  });

  it('end with the pool: those under way and those that wait', async () => {
    const echo = pool({}, { size: 1 });
    await echo.invoke({});
    const [underWay, waits] = [echo.invoke({ do: 'hang' }), echo.invoke({})];
    const refused = expect(waits).rejects.toThrow('echo has been shut down');
    await echo.close();
    expect(error(await underWay).errorType).toBe('Runtime.ExitError');
    await refused;
  });

  it('start no worker once the pool is closed', async () => {
    const echo = pool();
    const early = expect(echo.invoke({})).rejects.toThrow('echo has been shut down');
    await echo.close();
    await early;
  });
});

describe('the log', () => {
  it('has what the function prints and a report of each call, as JSON lines', async () => {
    const echo = pool();
    await echo.invoke({ do: 'print', text: 'hello' });
    await echo.invoke({ do: 'fail' });
    for (const cleanup of cleanups.splice(1).reverse()) await cleanup();
    const lines = readFileSync(join(echo.logDirectory, 'echo.log'), 'utf8').trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries).toContainEqual({ level: 'INFO', message: 'hello' });
    expect(entries).toContainEqual({ time: '1970-01-01T00:00:00.000Z', stream: 'stderr', message: 'plain text' });
    expect(entries.filter((entry) => entry['type'] === 'platform.report')).toMatchObject([
      { status: 'success' },
      { status: 'error', error: { errorType: 'TypeError' } },
    ]);
  });
});
