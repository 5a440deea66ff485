/** Secrets, how they rotate, and their policies. */
import { z } from 'zod';
import { PASSWORD_RULES, randomPassword } from '../../aws/secrets/password.ts';
import type { PasswordRules } from '../../aws/secrets/password.ts';
import { RATE, rateMsOf } from '../../aws/secrets/rate.ts';
import { TemplateError } from '../deploy/intrinsics.ts';
import { physicalName } from '../deploy/resource.ts';
import type { Deploy } from '../deploy/resource.ts';

const GENERATE = PASSWORD_RULES.extend({
  SecretStringTemplate: z.string().optional(),
  GenerateStringKey: z.string().optional(),
});

const SECRET = z
  .strictObject({
    Name: z.string().optional(),
    Description: z.string().optional(),
    KmsKeyId: z.string().optional(),
    SecretString: z.string().optional(),
    GenerateSecretString: GENERATE.optional(),
    Tags: z.unknown().optional(),
  })
  .refine((secret) => secret.SecretString === undefined || secret.GenerateSecretString === undefined, {
    error: 'has either a SecretString or a GenerateSecretString',
  });

/** `Ref` is the ARN. The value is made once, and stays over deployments until the template states another. */
export const deploySecret: Deploy = async (properties, context) => {
  const secret = SECRET.parse(properties);
  const { SecretString, GenerateSecretString } = secret;
  const { accountId, region, backends } = context;
  const { arn } = await backends.secrets.put({
    accountId,
    region,
    name: secret.Name ?? physicalName(context),
    ...(secret.Description !== undefined && { description: secret.Description }),
    ...(secret.KmsKeyId !== undefined && { kmsKeyId: secret.KmsKeyId }),
    stated: JSON.stringify([SecretString, GenerateSecretString]),
    value: () => SecretString ?? generated(GenerateSecretString ?? GENERATE.parse({})),
  });
  return { ref: arn, attributes: { Id: arn } };
};

function generated(rules: z.output<typeof GENERATE>): string {
  const { SecretStringTemplate, GenerateStringKey, ...password } = rules;
  const made = randomPassword(password satisfies PasswordRules);
  if (made === undefined) throw new TemplateError('GenerateSecretString: the rules leave no password');
  if (SecretStringTemplate === undefined && GenerateStringKey === undefined) return made;
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) {
    throw new TemplateError('GenerateSecretString: SecretStringTemplate and GenerateStringKey go together');
  }
  const template = z.record(z.string(), z.json()).parse(JSON.parse(SecretStringTemplate));
  return JSON.stringify({ ...template, [GenerateStringKey]: made });
}

const ROTATION = z.strictObject({
  SecretId: z.string(),
  RotationLambdaARN: z.string(),
  RotationRules: z
    .strictObject({
      AutomaticallyAfterDays: z.number().int().min(1).max(1_000).optional(),
      ScheduleExpression: z.string().regex(RATE, { error: 'only rate expressions are built' }).optional(),
      Duration: z.string().optional(),
    })
    .default({}),
  RotateImmediatelyOnUpdate: z.boolean().default(true),
});

/** `Ref` is the secret's ARN. */
export const deployRotationSchedule: Deploy = async (properties, { backends }) => {
  const { SecretId, RotationLambdaARN, RotationRules, RotateImmediatelyOnUpdate } = ROTATION.parse(properties);
  const rateMs = rateMsOf(RotationRules);
  const rotation = { lambdaArn: RotationLambdaARN, ...(rateMs !== undefined && { rateMs }) };
  await backends.secrets.putRotation(SecretId, rotation, RotateImmediatelyOnUpdate);
  return { ref: SecretId };
};

const POLICY = z.strictObject({
  SecretId: z.string(),
  ResourcePolicy: z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value)),
  BlockPublicPolicy: z.unknown().optional(),
});

/** `Ref` is the secret's ARN. */
export const deploySecretPolicy: Deploy = async (properties, { backends }) => {
  const { SecretId, ResourcePolicy } = POLICY.parse(properties);
  await backends.secrets.putPolicy(SecretId, ResourcePolicy);
  return { ref: SecretId };
};
