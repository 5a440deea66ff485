import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { REAL_CLOCK } from '../../../../local/clock.ts';
import { openFunctions } from '../../../../local/runtime/lambda/functions.ts';
import type { FunctionSpec } from '../../../../local/runtime/deploy/deployment.ts';

const logDirectory = mkdtempSync(join(tmpdir(), 'writ-functions-'));
afterAll(() => {
  rmSync(logDirectory, { recursive: true, force: true });
});

const NAMES = ['one', 'two', 'three'];
const specs = NAMES.map((name): FunctionSpec => ({
  arn: `arn:aws:lambda:us-east-1:999988887777:function:${name}`,
  name,
  accountId: '999988887777',
  region: 'us-east-1',
  directory: fileURLToPath(new URL('../fixtures', import.meta.url)),
  handler: 'index.handler',
  roleArn: `arn:aws:iam::999988887777:role/${name}`,
  environment: {},
  timeoutSeconds: 30,
  memoryMb: 128,
}));

function opened() {
  const taken: string[] = [];
  const functions = openFunctions(specs, {
    awsEndpointUrl: 'http://127.0.0.1:1',
    credentials: async ({ name }) => {
      taken.push(name);
      return {
        accessKeyId: 'KEY',
        secretAccessKey: 'secret',
        sessionToken: 'token',
        expiresAt: Date.now() + 3_600_000,
      };
    },
    logDirectory,
    clock: REAL_CLOCK,
  });
  return { functions, taken };
}

it('loads each function once, before it is called', async () => {
  const { functions, taken } = opened();
  await functions.warm();
  expect(taken).toEqual(NAMES);
  await functions.close();
});

it('stops loading when it is closed, which is no error', async () => {
  const { functions, taken } = opened();
  const warming = functions.warm();
  await functions.close();
  await warming;
  expect(taken.length).toBeLessThan(NAMES.length);
});
