import type { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import type { KmsKey } from '../../local/aws/kms/keys.ts';
import type { Harness } from '../local/aws/harness.ts';
import { propertiesOf } from './synthesized.ts';

/**
 * Brings a template's roles and keys into the local AWS, so that a test can ask IAM what they allow instead of
 * comparing documents.
 */

const document = z.looseObject({});
const reference = z.object({ Ref: z.string() });
const roleShape = z.object({
  RoleName: z.string().optional(),
  Path: z.string().default('/'),
  AssumeRolePolicyDocument: document,
  Policies: z.array(z.object({ PolicyName: z.string(), PolicyDocument: document })).default([]),
  ManagedPolicyArns: z.array(z.unknown()).default([]),
  PermissionsBoundary: z.unknown().optional(),
  MaxSessionDuration: z.number().exactOptional(),
});
const policyShape = z.object({ ManagedPolicyName: z.string(), Path: z.string(), PolicyDocument: document });

/** Roles that their template names, with their managed policies. References between stacks get a text of their own. */
export async function deployRoles(harness: Harness, template: Template, accountId: string): Promise<void> {
  const arns = new Map<string, string>();
  for (const [id, policy] of Object.entries(propertiesOf(template, 'AWS::IAM::ManagedPolicy', policyShape))) {
    const arn = `arn:aws:iam::${accountId}:policy${policy.Path}${policy.ManagedPolicyName}`;
    arns.set(id, arn);
    await harness.aws.bootstrap.putManagedPolicy(arn, JSON.stringify(policy.PolicyDocument));
  }
  const arnOf = (policy: unknown): string => arns.get(reference.parse(policy).Ref) ?? '';
  for (const role of Object.values(propertiesOf(template, 'AWS::IAM::Role', roleShape))) {
    if (role.RoleName === undefined) continue;
    const policies = role.Policies.map(
      ({ PolicyName, PolicyDocument }) => [PolicyName, withoutImports(PolicyDocument, accountId)] as const,
    );
    await harness.aws.bootstrap.createRole({
      accountId,
      name: role.RoleName,
      path: role.Path,
      trustPolicy: JSON.stringify(role.AssumeRolePolicyDocument),
      inlinePolicies: Object.fromEntries(policies),
      managedPolicyArns: role.ManagedPolicyArns.map(arnOf),
      ...(role.PermissionsBoundary !== undefined && { permissionsBoundary: arnOf(role.PermissionsBoundary) }),
      ...(role.MaxSessionDuration !== undefined && { maxSessionDuration: role.MaxSessionDuration }),
    });
  }
}

const withoutImports = (document: object, accountId: string): string =>
  JSON.stringify(document).replaceAll(
    /\{"Fn::ImportValue":"[^"]+"\}/g,
    `"arn:aws:kms:us-east-1:${accountId}:key/imported"`,
  );

const aliasShape = z.object({
  AliasName: z.string(),
  TargetKeyId: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }),
});
const keyShape = z.object({
  KeySpec: z.enum(['ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'SYMMETRIC_DEFAULT']).default('SYMMETRIC_DEFAULT'),
  KeyPolicy: document,
});

/** Keys by their alias, without `alias/writ/`. */
export async function deployKeys(
  harness: Harness,
  template: Template,
  accountId: string,
): Promise<Readonly<Record<string, KmsKey>>> {
  const keys: Record<string, KmsKey> = {};
  const aliases = new Map(
    Object.values(propertiesOf(template, 'AWS::KMS::Alias', aliasShape)).map(({ AliasName, TargetKeyId }) => [
      TargetKeyId['Fn::GetAtt'][0],
      AliasName.replace('alias/writ/', ''),
    ]),
  );
  for (const [name, { KeySpec, KeyPolicy }] of Object.entries(propertiesOf(template, 'AWS::KMS::Key', keyShape))) {
    const policy = JSON.stringify(KeyPolicy).replaceAll(
      /\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},":iam::(\d{12}):root"\]\]\}/g,
      '"arn:aws:iam::$1:root"',
    );
    keys[aliases.get(name) ?? name] = await harness.aws.bootstrap.createKey({
      accountId,
      region: 'us-east-1',
      name,
      spec: KeySpec,
      policy,
    });
  }
  return keys;
}
