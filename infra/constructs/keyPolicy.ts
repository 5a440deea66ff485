import { AccountRootPrincipal, AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';

/**
 * What the account's administrators may do with every key: administer it, never use it. Whoever may put a key policy
 * can still change this one; that call is in CloudTrail, and no role of Writ's has it.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
const ADMINISTRATION = [
  'kms:DescribeKey',
  'kms:GetKeyPolicy',
  'kms:PutKeyPolicy',
  'kms:ListKeyPolicies',
  'kms:GetKeyRotationStatus',
  'kms:EnableKeyRotation',
  'kms:DisableKeyRotation',
  'kms:ListKeyRotations',
  'kms:RotateKeyOnDemand',
  'kms:GetPublicKey',
  'kms:ListGrants',
  'kms:RevokeGrant',
  'kms:RetireGrant',
  'kms:ListResourceTags',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:CreateAlias',
  'kms:UpdateAlias',
  'kms:DeleteAlias',
  'kms:UpdateKeyDescription',
  'kms:EnableKey',
  'kms:DisableKey',
  'kms:ReplicateKey',
  'kms:UpdatePrimaryRegion',
  'kms:ScheduleKeyDeletion',
  'kms:CancelKeyDeletion',
];

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export const administration = (): PolicyStatement =>
  new PolicyStatement({
    sid: 'AccountAdministersButDoesNotUse',
    principals: [new AccountRootPrincipal()],
    actions: ADMINISTRATION,
    resources: ['*'],
  });

/** Delegates these uses to the account's IAM policies, under conditions. A role needs both: this and its own policy. */
export const delegation = (sid: string, actions: string[], conditions: Conditions): PolicyStatement =>
  new PolicyStatement({ sid, principals: [new AccountRootPrincipal()], actions, resources: ['*'], conditions });

export const serviceUse = (sid: string, service: string, actions: string[], conditions: Conditions): PolicyStatement =>
  new PolicyStatement({ sid, principals: [new ServicePrincipal(service)], actions, resources: ['*'], conditions });

/** No identity policy, however wide, gets around a deny in the key's own policy. */
export const denial = (sid: string, actions: string[], conditions: Conditions = {}): PolicyStatement =>
  new PolicyStatement({
    sid,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions,
    resources: ['*'],
    conditions,
  });
