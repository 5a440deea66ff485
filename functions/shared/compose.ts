import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DYNAMODB_CLIENT } from '../../adapters/aws/clientOptions.ts';
import type { DynamoOptions } from '../../adapters/aws/database.ts';
import { createDynamoGrantStore } from '../../adapters/aws/dynamoGrantStore.ts';
import { createIds } from '../../adapters/aws/ids.ts';
import { sha256 } from '../../adapters/aws/sha256.ts';
import { parseBundle } from '../../adapters/bundle/baked.ts';
import { createCedarEngine } from '../../adapters/cedar/engine.ts';
import { CEDAR_WASM_FILE } from '../../adapters/cedar/wasm.ts';
import { createTokenVerifier } from '../../adapters/oidc/verifier.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { Clock } from '../../core/ports.ts';
import type { Deps } from '../../core/usecases/deps.ts';
import type { ApiDeps } from './api.ts';
import type { EnvName } from './env.ts';
import { ENV } from './env.ts';
import type { Log } from './log.ts';
import { createLog } from './log.ts';

/** What composition roots share. Only they, and this file, know the environment, the clock and chance. */

/** @throws Error when the stack did not set it: a function that lacks its settings must not start. */
export function setting(name: EnvName): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

export const clock: Clock = () => Date.now();

export const ids = createIds(clock, randomBytes);

/** The files that lie beside the function's own code. */
const asset = (file: string): string => join(process.env['LAMBDA_TASK_ROOT'] ?? import.meta.dirname, file);

export const bakedBundle = (): PolicyBundle => parseBundle(readFileSync(asset(setting(ENV.bundlePath)), 'utf8'));

export const dynamo = (): DynamoOptions => ({
  client: new DynamoDBClient(DYNAMODB_CLIENT),
  random: Math.random,
  sleep,
});

export const tables = () => ({ grantsTable: setting(ENV.grantsTable), auditTable: setting(ENV.auditTable) });

/** Everything that a duty of the API which decides stands on. */
export function composeApi(duty: string): Deps & ApiDeps & { readonly log: Log; readonly database: DynamoOptions } {
  const bundle = bakedBundle();
  const log = createLog(duty);
  const database = dynamo();
  return {
    clock,
    ids,
    sha256,
    database,
    store: createDynamoGrantStore({ ...database, ...tables() }),
    engine: createCedarEngine(
      bundle,
      () => readFileSync(asset(CEDAR_WASM_FILE)),
      (failure) => {
        log.undecided(failure);
      },
    ),
    verifier: createTokenVerifier(bundle.issuers, {
      clock,
      onKeysFailure: (issuer, reason) => {
        log.failed(reason, `keys of ${issuer}`);
      },
    }),
    log,
  };
}
