import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseBundle } from '../../adapters/bundle/baked.ts';
import type { Duty } from '../../functions/shared/env.ts';
import { DUTIES, ENV, FUNCTION_ENV } from '../../functions/shared/env.ts';
import { functionName, STACK_NAMES } from '../../infra/names.ts';
import { synthesize } from '../../infra/synthesize.ts';
import { readAssembly } from '../../local/runtime/deploy/assembly.ts';

/** The functions as they are built for Lambda. */

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), 'writ-build-'));
const assets = new Map<string, string>();

beforeAll(() => {
  synthesize({ directory, context: {} });
  const broker = readAssembly(directory).find(({ name }) => name === STACK_NAMES.broker);
  for (const { Type, Properties } of Object.values(broker?.template.Resources ?? {})) {
    if (Type !== 'AWS::Lambda::Function') continue;
    const { S3Key } = Properties['Code'] as { S3Key: string };
    assets.set(Properties['FunctionName'] as string, broker?.assets.get(S3Key) ?? '');
  }
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const DECIDING: readonly Duty[] = [
  'grants',
  'approvals',
  'breakglass',
  'callbacks',
  'workflow',
  'aws-session',
  'audit',
  'token',
  'keys',
];

/** Settings whose form is checked at the start. Every other one is a text. */
const KEY = 'arn:aws:kms:us-east-1:999988887777:key/0f3c';
const FORMED: Readonly<Record<string, string>> = {
  [ENV.tokenKeys]: JSON.stringify([{ name: 'a', keys: [KEY] }]),
  [ENV.snapshotKeys]: JSON.stringify([KEY]),
};

const fileOf = (duty: Duty, name: string): string => join(assets.get(functionName(duty)) ?? '', name);

describe.each(DUTIES)('%s', (duty) => {
  it('is at most 500 KB of code', () => {
    expect(statSync(fileOf(duty, 'index.mjs')).size).toBeLessThanOrEqual(500_000);
  });

  it('has the bundle beside it where it reads policy, and Cedar where it decides', () => {
    const reads = (FUNCTION_ENV[duty] as readonly string[]).includes(ENV.bundlePath);
    expect(existsSync(fileOf(duty, 'bundle.json'))).toBe(reads);
    if (reads) expect(parseBundle(readFileSync(fileOf(duty, 'bundle.json'), 'utf8')).sha256).toMatch(/^[0-9a-f]{64}$/);
    const decides = DECIDING.includes(duty);
    expect(existsSync(fileOf(duty, 'cedar_wasm_bg.wasm'))).toBe(decides);
  });

  it('starts from its own files and environment, and exports a handler', async () => {
    const environment = Object.fromEntries(
      FUNCTION_ENV[duty].map((name) => [name, FORMED[name] ?? 'http://127.0.0.1:9/x']),
    );
    const script = `process.stdout.write(typeof (await import(${JSON.stringify(fileOf(duty, 'index.mjs'))})).handler)`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: tmpdir(),
      env: { ...environment, [ENV.bundlePath]: 'bundle.json', AWS_REGION: 'us-east-1' },
    });
    expect(stdout).toBe('function');
  });
});
