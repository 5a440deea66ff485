import { DeleteRolePolicyCommand, GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IAM_CLIENT, STS_CLIENT } from '../../../adapters/aws/clientOptions.ts';
import { createEnforcerClients } from '../../../adapters/aws/enforcerClients.ts';
import { createIamRevocationWriter } from '../../../adapters/aws/iamRevocationWriter.ts';
import type { RevocationWriter } from '../../../core/ports.ts';
import { REVOCATION_POLICY_NAME, revocationPolicy } from '../../../core/revocation.ts';
import { BROKER, functionCredentials, policy, SHOP, startLocalAws } from '../../local/aws/harness.ts';
import type { Harness } from '../../local/aws/harness.ts';
import { NOW } from '../../core/fixtures.ts';
import { denyOf, newGrant } from '../samples.ts';

const LENT = `arn:aws:iam::${SHOP}:role/writ/lend/writ-orders-read`;
const OLD = revocationPolicy([denyOf(newGrant())], NOW);
const NEW = revocationPolicy([denyOf(newGrant()), denyOf(newGrant(), { match: { sessionName: 'ses_é' } })], NOW);

let harness: Harness;
let writer: RevocationWriter;
let assumed: number;

beforeEach(async () => {
  harness = await startLocalAws();
  const credentials = await functionCredentials(harness, 'enforcer', {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Resource: 'arn:aws:iam::*:role/writ/writ-enforcer',
  });
  await harness.aws.bootstrap.createRole({
    accountId: SHOP,
    path: '/writ/lend/',
    name: 'writ-orders-read',
    trustPolicy: policy({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${BROKER}:root` },
      Action: 'sts:AssumeRole',
    }),
    inlinePolicies: { Ceiling: policy({ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }) },
  });
  await makeEnforcerRole();
  assumed = 0;
  const sts = new STSClient({ ...STS_CLIENT, endpoint: harness.url, region: 'us-east-1', credentials });
  writer = createIamRevocationWriter(
    createEnforcerClients({
      sts,
      targets: [{ account: SHOP, externalId: 'ext-1' }],
      enforcerRoleName: 'writ-enforcer',
      clock: () => harness.now,
      iamWith: (session) => {
        assumed += 1;
        return new IAMClient({
          ...IAM_CLIENT,
          maxAttempts: 1,
          endpoint: harness.url,
          region: 'us-east-1',
          credentials: session,
        });
      },
    }),
  );
});
afterEach(() => harness.stop());

const makeEnforcerRole = (actions = ['iam:GetRolePolicy', 'iam:PutRolePolicy', 'iam:DeleteRolePolicy']) =>
  harness.aws.bootstrap.createRole({
    accountId: SHOP,
    path: '/writ/',
    name: 'writ-enforcer',
    trustPolicy: policy({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${BROKER}:role/writ/broker/enforcer` },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': 'ext-1' } },
    }),
    inlinePolicies: {
      Enforce: policy({ Effect: 'Allow', Action: actions, Resource: 'arn:aws:iam::*:role/writ/lend/*' }),
    },
  });

/** The policy as the account's own root sees it. */
async function onRole(): Promise<string | undefined> {
  const iam = new IAMClient(harness.client(harness.aws.bootstrap.rootCredentials(SHOP)));
  try {
    const name = { RoleName: 'writ-orders-read', PolicyName: REVOCATION_POLICY_NAME };
    const { PolicyDocument: document = '' } = await iam.send(new GetRolePolicyCommand(name));
    return decodeURIComponent(document);
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchEntityException') return undefined;
    throw error;
  }
}

describe('the policy', () => {
  test('is put, replaced and removed, each once', async () => {
    expect(await writer.write(LENT, undefined)).toBe('unchanged');
    expect(await writer.write(LENT, OLD)).toBe('written');
    expect(await onRole()).toBe(OLD);
    expect(await writer.write(LENT, OLD)).toBe('unchanged');
    expect(await writer.write(LENT, NEW)).toBe('written');
    expect(await onRole()).toBe(NEW);
    expect(await writer.write(LENT, undefined)).toBe('written');
    expect(await onRole()).toBeUndefined();
    expect(await writer.write(LENT, undefined)).toBe('unchanged');
  });

  test('that somebody removed is put back', async () => {
    await writer.write(LENT, OLD);
    const root = new IAMClient(harness.client(harness.aws.bootstrap.rootCredentials(SHOP)));
    const name = { RoleName: 'writ-orders-read', PolicyName: REVOCATION_POLICY_NAME };
    await root.send(new DeleteRolePolicyCommand(name));
    expect(await onRole()).toBeUndefined();
    expect(await writer.write(LENT, OLD)).toBe('written');
    expect(await onRole()).toBe(OLD);
  });
});

describe('the enforcer’s session', () => {
  test('is used again until shortly before its end', async () => {
    await writer.write(LENT, OLD);
    await writer.write(LENT, NEW);
    harness.now += 779_000;
    await writer.write(LENT, NEW);
    expect(assumed).toBe(1);
    harness.now += 1_000;
    await writer.write(LENT, NEW);
    expect(assumed).toBe(2);
  });

  test('is dropped after a failure', async () => {
    await makeEnforcerRole(['iam:GetRolePolicy']);
    await expect(writer.write(LENT, OLD)).rejects.toMatchObject({ name: 'AccessDenied' });
    await makeEnforcerRole();
    expect(await writer.write(LENT, OLD)).toBe('written');
    expect(assumed).toBe(2);
  });
});

describe('nothing is said to be written', () => {
  test('when IAM may not be read', async () => {
    await makeEnforcerRole(['iam:PutRolePolicy']);
    await expect(writer.write(LENT, OLD)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await onRole()).toBeUndefined();
  });

  test('when the answer is lost; the next look finds it', async () => {
    harness.faults.set({
      rules: [{ service: 'iam', operation: 'PutRolePolicy', kind: 'timeoutAfter', rate: 1, times: 1 }],
    });
    await expect(writer.write(LENT, OLD)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await writer.write(LENT, OLD)).toBe('unchanged');
  });

  test('when the role is gone', async () => {
    await expect(writer.write(`${LENT}-2`, OLD)).rejects.toThrow();
  });

  test.each([
    ['an account that is no target', LENT.replace(SHOP, '555555555555'), 'the account 555555555555 is no target'],
    ['a user', `arn:aws:iam::${SHOP}:user/x`, 'a revocation policy belongs to a role'],
    ['another service', `arn:aws:s3::${SHOP}:role/x`, 'a revocation policy belongs to a role'],
    ['no ARN', 'x', 'a revocation policy belongs to a role'],
  ])('of %s', async (_, roleArn, message) => {
    await expect(writer.write(roleArn, OLD)).rejects.toThrow(message);
    expect(assumed).toBe(0);
  });
});
