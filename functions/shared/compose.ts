import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DYNAMODB_CLIENT } from '../../adapters/aws/clientOptions.ts';
import type { DynamoOptions } from '../../adapters/aws/database.ts';
import { createDynamoApprovalLists } from '../../adapters/aws/dynamoApprovalLists.ts';
import { createDynamoConsents } from '../../adapters/aws/dynamoConsents.ts';
import { createDynamoGrantStore } from '../../adapters/aws/dynamoGrantStore.ts';
import { createDynamoOnce } from '../../adapters/aws/dynamoOnce.ts';
import { createDynamoSealedKeys } from '../../adapters/aws/dynamoSealedKeys.ts';
import { createIds } from '../../adapters/aws/ids.ts';
import { sha256 } from '../../adapters/aws/sha256.ts';
import { parseBundle } from '../../adapters/bundle/baked.ts';
import { createCedarEngine } from '../../adapters/cedar/engine.ts';
import { CEDAR_WASM_FILE } from '../../adapters/cedar/wasm.ts';
import { createTokenVerifier } from '../../adapters/oidc/verifier.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { Clock, PolicyEngine } from '../../core/ports.ts';
import { timeLeft } from './deadline.ts';
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

/** Whether webhooks may be at private addresses. */
export const mayCallPrivate = (): boolean => process.env[ENV.privateEndpoints] === 'allow';

export const clock: Clock = () => Date.now();

export const ids = createIds(clock, randomBytes);

/** The files that lie beside the function's own code. */
const asset = (file: string): string => join(process.env['LAMBDA_TASK_ROOT'] ?? import.meta.dirname, file);

export const bakedBundle = (): PolicyBundle => parseBundle(readFileSync(asset(setting(ENV.bundlePath)), 'utf8'));

export const dynamo = (): DynamoOptions => ({
  client: new DynamoDBClient(DYNAMODB_CLIENT),
  random: Math.random,
  sleep,
  timeLeft,
});

export const tables = () => ({ grantsTable: setting(ENV.grantsTable), auditTable: setting(ENV.auditTable) });

/** What several duties keep things in. */
export function stores(database: DynamoOptions) {
  const options = { ...database, ...tables() };
  return {
    store: createDynamoGrantStore(options),
    lists: createDynamoApprovalLists(options),
    consents: createDynamoConsents(options),
    once: createDynamoOnce(options),
    keys: createDynamoSealedKeys(options),
  };
}

export const cedarEngine = (bundle: PolicyBundle, log: Log): PolicyEngine =>
  createCedarEngine(
    bundle,
    () => readFileSync(asset(CEDAR_WASM_FILE)),
    (failure) => {
      log.undecided(failure);
    },
  );

/** What every duty stands on that decides by policy. */
export function composeDeciding(duty: string) {
  const bundle = bakedBundle();
  const log = createLog(duty);
  return {
    clock,
    ids,
    sha256,
    database: dynamo(),
    publicUrl: setting(ENV.publicUrl),
    engine: cedarEngine(bundle, log),
    verifier: createTokenVerifier(bundle.issuers, {
      clock,
      onKeysFailure: (issuer: string, reason: unknown) => {
        log.failed(reason, `keys of ${issuer}`);
      },
    }),
    log,
  };
}

/** Everything that a duty of the API for people stands on. */
export function composeApi(duty: string) {
  const deciding = composeDeciding(duty);
  const { database, engine, publicUrl } = deciding;
  const kept = stores(database);
  const { bundle } = engine;
  return {
    ...deciding,
    ...kept,
    sealed: { clock, ids, sha256, bundle, publicUrl, keys: kept.keys, once: kept.once },
  };
}
