/** The authorizer's Lambda, as `WritTokenAuthorizer` deploys it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { clientAssertion } from '../oauth/clientAuthentication.ts';
import type { ClientAuthentication } from '../oauth/clientAuthentication.ts';
import { createVerifier, dynamoReplay } from '../verify/index.ts';
import type { Revocation } from '../verify/index.ts';
import type { Routes } from './routedAuthorizer.ts';
import { routedAuthorizer } from './routedAuthorizer.ts';
import { ENV, REPLAY_KEY, ROUTES_FILE } from './settings.ts';

const issuer = required('issuer');
const publicUrl = process.env[ENV.publicUrl];

const verifier = createVerifier({
  issuer,
  audience: required('audience'),
  ...(publicUrl !== undefined && { publicUrl }),
  revocation: revocationOf(required('revocation')),
  replay: dynamoReplay({ client: new DynamoDB({}), tableName: required('replayTable'), partitionKey: REPLAY_KEY }),
  impersonation: process.env[ENV.impersonation] === 'true',
  consumes: process.env[ENV.consumes] === 'true',
});

const routes = JSON.parse(readFileSync(join(import.meta.dirname, ROUTES_FILE), 'utf8')) as Routes;

export const handler = routedAuthorizer(verifier, routes, process.env['AWS_REGION']);

function revocationOf(mode: string): Revocation {
  switch (mode) {
    case 'snapshot':
      return { snapshot: {} };
    case 'unchecked':
      return 'unchecked';
    case 'introspection': {
      const key = clientKey(new SecretsManager({}), required('clientKeySecret'));
      const clientId = required('clientId');
      return {
        introspection: {
          authenticate: async () => {
            const assertion = await clientAssertion({ issuer, clientId, authentication: await key() }, Date.now());
            return { headers: { authorization: `Bearer ${assertion ?? ''}` } };
          },
        },
      };
    }
    default:
      throw new Error(`${ENV.revocation} is none that this knows`);
  }
}

/** Read once; again after a failure. */
function clientKey(secrets: SecretsManager, SecretId: string): () => Promise<ClientAuthentication> {
  let kept: Promise<ClientAuthentication> | undefined;
  const read = async (): Promise<ClientAuthentication> => {
    const { SecretString = '' } = await secrets.getSecretValue({ SecretId });
    const key = JSON.parse(SecretString) as { readonly kid: string };
    return { privateKeyJwt: { key, kid: key.kid } };
  };
  return () =>
    (kept ??= read().catch((error: unknown) => {
      kept = undefined;
      throw error;
    }));
}

function required(name: keyof typeof ENV): string {
  const value = process.env[ENV[name]];
  if (value) return value;
  throw new Error(`${ENV[name]} is not set`);
}
