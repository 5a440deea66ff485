/** KMS keys and their aliases. */
import { z } from 'zod';
import { TemplateError } from '../deploy/intrinsics.ts';
import type { Deploy } from '../deploy/resource.ts';

/** Use follows from the spec here; rotation has no meaning on a laptop. */
const KEY = z.object({
  KeyPolicy: z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value)),
  KeySpec: z.enum(['SYMMETRIC_DEFAULT', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519']).default('SYMMETRIC_DEFAULT'),
  MultiRegion: z.boolean().default(false),
  Enabled: z.literal(true).default(true),
  Description: z.string().default(''),
});

/** `Ref` is the key id, which stays the same over restarts. */
export const deployKey: Deploy = async (properties, context) => {
  const { KeyPolicy, KeySpec, MultiRegion, Description } = KEY.parse(properties);
  const key = await context.backends.putKey({
    accountId: context.accountId,
    region: context.region,
    name: `${context.stack}/${context.logicalId}`,
    spec: KeySpec,
    policy: KeyPolicy,
    multiRegion: MultiRegion,
    description: Description,
  });
  context.deployment.keys.set(key.keyId, key);
  return { ref: key.keyId, attributes: { Arn: key.arn, KeyId: key.keyId } };
};

const ALIAS = z.strictObject({ AliasName: z.string(), TargetKeyId: z.string() });

export const deployAlias: Deploy = async (properties, context) => {
  const { AliasName, TargetKeyId } = ALIAS.parse(properties);
  const key = context.deployment.keys.get(TargetKeyId.slice(TargetKeyId.lastIndexOf('/') + 1));
  if (!key) throw new TemplateError(`there is no key \`${TargetKeyId}\``);
  await context.backends.putAlias(key, AliasName);
  return { ref: AliasName };
};
