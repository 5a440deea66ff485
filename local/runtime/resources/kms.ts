/** KMS keys and their aliases. */
import { z } from 'zod';
import type { Deploy } from '../deploy/resource.ts';

const KEY = z.object({
  KeyPolicy: z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value)),
  KeySpec: z.string().default('SYMMETRIC_DEFAULT'),
  KeyUsage: z.string().default('ENCRYPT_DECRYPT'),
  MultiRegion: z.boolean().default(false),
  Enabled: z.literal(true).default(true),
  Description: z.string().default(''),
});

/** `Ref` is the key id, which stays the same over restarts. */
export const deployKey: Deploy = async (properties, context) => {
  const key = KEY.parse(properties);
  const { keyId, arn } = await context.backends.putKey(context, {
    name: `${context.stack}/${context.logicalId}`,
    keySpec: key.KeySpec,
    keyUsage: key.KeyUsage,
    policy: key.KeyPolicy,
    multiRegion: key.MultiRegion,
    description: key.Description,
  });
  return { ref: keyId, attributes: { Arn: arn, KeyId: keyId } };
};

const ALIAS = z.strictObject({ AliasName: z.string(), TargetKeyId: z.string() });

export const deployAlias: Deploy = async (properties, context) => {
  const { AliasName, TargetKeyId } = ALIAS.parse(properties);
  await context.backends.putAlias(context, AliasName, TargetKeyId.slice(TargetKeyId.lastIndexOf('/') + 1));
  return { ref: AliasName };
};
