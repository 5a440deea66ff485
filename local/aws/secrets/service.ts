/**
 * The local AWS Secrets Manager. Secrets are made by the templates; there is no CreateSecret here.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { KeyStore } from '../kms/keys.ts';
import { operationsWith } from '../operation.ts';
import { AwsError } from '../service.ts';
import type { Access, Call, Service } from '../service.ts';
import { PASSWORD_RULES, randomPassword } from './password.ts';
import { rateMsOf, RATE } from './rate.ts';
import type { Secret, Secrets } from './secrets.ts';
import { CURRENT } from './stages.ts';
import type { Version } from './stages.ts';

const operation = operationsWith('ValidationException');

const SECRET_ID = z.string().min(1).max(2_048);
const TOKEN = z.string().min(32).max(64);
const STAGE = z.string().min(1).max(256);
const ONE = { SecretId: SECRET_ID };

const GET = z.strictObject({ ...ONE, VersionId: TOKEN.optional(), VersionStage: STAGE.optional() });
const DESCRIBE = z.strictObject(ONE);
const PUT = z.strictObject({
  ...ONE,
  ClientRequestToken: TOKEN.optional(),
  SecretString: z.string().max(65_536).optional(),
  SecretBinary: z.base64().max(87_384).optional(),
  VersionStages: z.array(STAGE).min(1).max(20).default([CURRENT]),
});
const MOVE = z.strictObject({
  ...ONE,
  VersionStage: STAGE,
  RemoveFromVersionId: TOKEN.optional(),
  MoveToVersionId: TOKEN.optional(),
});
const ROTATE = z.strictObject({
  ...ONE,
  ClientRequestToken: TOKEN.optional(),
  RotationLambdaARN: z.string().optional(),
  RotationRules: z
    .strictObject({
      AutomaticallyAfterDays: z.int().min(1).max(1_000).optional(),
      ScheduleExpression: z.string().regex(RATE, 'only rate expressions are built').optional(),
      Duration: z.string().optional(),
    })
    .optional(),
  RotateImmediately: z.boolean().default(true),
});

export function createSecretsManager(secrets: Secrets, keys: KeyStore): Service {
  const find = (reference: string, { caller, region }: Call): Secret => {
    const secret = secrets.find(caller.accountId, region, reference);
    if (secret) return secret;
    throw notFound("Secrets Manager can't find the specified secret.");
  };
  const accessTo = (action: string, secret: Secret, context: Access['context'] = {}): Access => ({
    action: `secretsmanager:${action}`,
    resource: secret.arn,
    context: { 'secretsmanager:SecretId': secret.arn, ...context },
    ...(secret.policy === undefined ? {} : { resourcePolicy: secret.policy }),
  });
  /** Secrets Manager uses the secret's own key in the caller's name. */
  const keyAccess = (secret: Secret, call: Call, ...actions: readonly string[]): Access[] => {
    if (secret.kmsKeyId === undefined) return [];
    const key = keys.find(secret.kmsKeyId, secret.accountId);
    if (!key) throw new AwsError('DecryptionFailure', `There is no key ${secret.kmsKeyId}.`);
    const context = {
      'kms:CallerAccount': call.caller.accountId,
      'kms:ViaService': `secretsmanager.${secret.region}.amazonaws.com`,
      'kms:EncryptionContextKeys': ['SecretARN'],
      'kms:EncryptionContext:SecretARN': secret.arn,
    };
    return actions.map((action) => ({ action, resource: key.arn, resourcePolicy: key.policy, context }));
  };

  return {
    signingName: 'secretsmanager',
    protocol: 'json-1.1',
    namespace: 'secretsmanager',
    operations: {
      GetSecretValue: operation(GET, {
        access({ SecretId, VersionId, VersionStage }, call) {
          const secret = find(SecretId, call);
          const context = {
            ...(VersionId === undefined ? {} : { 'secretsmanager:VersionId': VersionId }),
            'secretsmanager:VersionStage': VersionStage ?? CURRENT,
          };
          return [accessTo('GetSecretValue', secret, context), ...keyAccess(secret, call, 'kms:Decrypt')];
        },
        handle(input, call) {
          const secret = find(input.SecretId, call);
          const version = versionOf(secret, input);
          const value = secrets.open(version);
          if (!value) throw notFound(`Secrets Manager can't find the specified secret value for ${version.id}.`);
          return {
            ARN: secret.arn,
            Name: secret.name,
            VersionId: version.id,
            VersionStages: version.stages,
            CreatedDate: version.createdAt / 1_000,
            ...value,
          };
        },
      }),
      DescribeSecret: operation(DESCRIBE, {
        access: ({ SecretId }, call) => [accessTo('DescribeSecret', find(SecretId, call))],
        handle: ({ SecretId }, call) => describe(find(SecretId, call)),
      }),
      PutSecretValue: operation(PUT, {
        access({ SecretId }, call) {
          const secret = find(SecretId, call);
          return [accessTo('PutSecretValue', secret), ...keyAccess(secret, call, 'kms:GenerateDataKey', 'kms:Decrypt')];
        },
        async handle(input, call) {
          const { SecretString, SecretBinary } = input;
          if ((SecretString === undefined) === (SecretBinary === undefined)) {
            throw invalidParameter('You must provide either SecretString or SecretBinary.');
          }
          const value = SecretString === undefined ? { SecretBinary: SecretBinary ?? '' } : { SecretString };
          const secret = find(input.SecretId, call);
          const token = input.ClientRequestToken ?? randomUUID();
          const { id, stages } = await secrets.putValue(secret, token, value, input.VersionStages);
          return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: stages };
        },
      }),
      UpdateSecretVersionStage: operation(MOVE, {
        access: ({ SecretId, VersionStage }, call) => [
          accessTo('UpdateSecretVersionStage', find(SecretId, call), { 'secretsmanager:VersionStage': VersionStage }),
        ],
        async handle(input, call) {
          const secret = find(input.SecretId, call);
          checkMove(secret, input);
          await secrets.moveStage(secret, input.VersionStage, input.RemoveFromVersionId, input.MoveToVersionId);
          return { ARN: secret.arn, Name: secret.name };
        },
      }),
      RotateSecret: operation(ROTATE, {
        access({ SecretId, RotationLambdaARN }, call) {
          const context =
            RotationLambdaARN === undefined ? {} : { 'secretsmanager:RotationLambdaARN': RotationLambdaARN };
          return [accessTo('RotateSecret', find(SecretId, call), context)];
        },
        async handle(input, call) {
          const { arn, name, rotation } = find(input.SecretId, call);
          const lambdaArn = input.RotationLambdaARN ?? rotation?.lambdaArn;
          if (lambdaArn === undefined)
            throw invalidRequest('No Lambda rotation function ARN is associated with this secret.');
          const rateMs = input.RotationRules === undefined ? rotation?.rateMs : rateMsOf(input.RotationRules);
          await secrets.putRotation(arn, { lambdaArn, ...(rateMs !== undefined && { rateMs }) }, false);
          const token = input.ClientRequestToken ?? randomUUID();
          if (input.RotateImmediately) await secrets.rotate(find(arn, call), token);
          return { ARN: arn, Name: name, ...(input.RotateImmediately && { VersionId: token }) };
        },
      }),
      GetRandomPassword: operation(PASSWORD_RULES, {
        access: () => [{ action: 'secretsmanager:GetRandomPassword', resource: '*' }],
        handle(rules) {
          const password = randomPassword(rules);
          if (password === undefined) throw invalidParameter('The rules leave no password.');
          return { RandomPassword: password };
        },
      }),
    },
  };
}

function versionOf(secret: Secret, { VersionId, VersionStage }: z.output<typeof GET>): Version {
  const stage = VersionStage ?? (VersionId === undefined ? CURRENT : undefined);
  const version = Object.values(secret.versions).find(
    ({ id, stages }) =>
      (VersionId === undefined || id === VersionId) && (stage === undefined || stages.includes(stage)),
  );
  if (version) return version;
  const wanted = VersionId === undefined ? `staging label: ${stage ?? ''}` : `VersionId: ${VersionId}`;
  throw notFound(`Secrets Manager can't find the specified secret value for ${wanted}`);
}

function checkMove(
  secret: Secret,
  { VersionStage, RemoveFromVersionId, MoveToVersionId }: z.output<typeof MOVE>,
): void {
  const holder = Object.values(secret.versions).find(({ stages }) => stages.includes(VersionStage))?.id;
  if (MoveToVersionId !== undefined && !Object.hasOwn(secret.versions, MoveToVersionId)) {
    throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${MoveToVersionId}`);
  }
  if (MoveToVersionId === undefined && RemoveFromVersionId === undefined) {
    throw invalidParameter('You must name a version to move the staging label to, or to remove it from.');
  }
  if (holder !== RemoveFromVersionId && holder !== MoveToVersionId) {
    throw invalidParameter(`The parameter RemoveFromVersionId must be ${holder ?? 'absent'}.`);
  }
  if (VersionStage === CURRENT && MoveToVersionId === undefined) {
    throw invalidParameter('You can only move staging label AWSCURRENT to a different secret version.');
  }
}

function describe(secret: Secret): Record<string, unknown> {
  const { rotation, rotatedAt, nextRotationAt } = secret;
  return {
    ARN: secret.arn,
    Name: secret.name,
    ...(secret.description !== undefined && { Description: secret.description }),
    ...(secret.kmsKeyId !== undefined && { KmsKeyId: secret.kmsKeyId }),
    RotationEnabled: rotation !== undefined,
    ...(rotation && { RotationLambdaARN: rotation.lambdaArn }),
    ...(rotatedAt !== undefined && { LastRotatedDate: rotatedAt / 1_000 }),
    ...(nextRotationAt !== undefined && { NextRotationDate: nextRotationAt / 1_000 }),
    LastChangedDate: secret.changedAt / 1_000,
    CreatedDate: secret.createdAt / 1_000,
    VersionIdsToStages: Object.fromEntries(Object.values(secret.versions).map(({ id, stages }) => [id, stages])),
  };
}

const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);
const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);
const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequestException', message);
