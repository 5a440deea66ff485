import type { Template } from 'aws-cdk-lib/assertions';
import type { KmsKey } from '../../local/aws/kms/keys.ts';
import type { Harness } from '../local/aws/harness.ts';
import { resourcesOf } from './synthesized.ts';

/**
 * Brings a template's roles and keys into the local AWS, so that a test can ask IAM what they allow instead of
 * comparing documents.
 */

interface RoleProperties {
  readonly RoleName?: string;
  readonly Path?: string;
  readonly AssumeRolePolicyDocument: object;
  readonly Policies?: readonly { readonly PolicyName: string; readonly PolicyDocument: object }[];
  readonly ManagedPolicyArns?: readonly unknown[];
  readonly PermissionsBoundary?: unknown;
  readonly MaxSessionDuration?: number;
}

interface PolicyProperties {
  readonly ManagedPolicyName: string;
  readonly Path: string;
  readonly PolicyDocument: object;
}

/** Roles that their template names, with their managed policies. References between stacks get a text of their own. */
export async function deployRoles(harness: Harness, template: Template, accountId: string): Promise<void> {
  const arns = new Map<string, string>();
  for (const [id, { Properties }] of Object.entries(resourcesOf(template, 'AWS::IAM::ManagedPolicy'))) {
    const { ManagedPolicyName, Path, PolicyDocument } = Properties as unknown as PolicyProperties;
    const arn = `arn:aws:iam::${accountId}:policy${Path}${ManagedPolicyName}`;
    arns.set(id, arn);
    await harness.aws.bootstrap.putManagedPolicy(arn, JSON.stringify(PolicyDocument));
  }
  const arnOf = (reference: unknown): string => arns.get((reference as { Ref: string }).Ref) ?? '';
  for (const { Properties } of Object.values(resourcesOf(template, 'AWS::IAM::Role'))) {
    const role = Properties as unknown as RoleProperties;
    if (role.RoleName === undefined) continue;
    const policies = (role.Policies ?? []).map(
      ({ PolicyName, PolicyDocument }) => [PolicyName, withoutImports(PolicyDocument, accountId)] as const,
    );
    await harness.aws.bootstrap.createRole({
      accountId,
      name: role.RoleName,
      path: role.Path ?? '/',
      trustPolicy: JSON.stringify(role.AssumeRolePolicyDocument),
      inlinePolicies: Object.fromEntries(policies),
      managedPolicyArns: (role.ManagedPolicyArns ?? []).map(arnOf),
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

interface AliasProperties {
  readonly AliasName: string;
  readonly TargetKeyId: { readonly 'Fn::GetAtt': readonly [string, string] };
}

interface KeyProperties {
  readonly KeySpec?: KmsKey['spec'];
  readonly KeyPolicy: object;
}

/** Keys by their alias, without `alias/writ/`. */
export async function deployKeys(
  harness: Harness,
  template: Template,
  accountId: string,
): Promise<Readonly<Record<string, KmsKey>>> {
  const keys: Record<string, KmsKey> = {};
  const aliases = new Map(
    Object.values(resourcesOf(template, 'AWS::KMS::Alias')).map(({ Properties }) => {
      const { AliasName, TargetKeyId } = Properties as unknown as AliasProperties;
      return [TargetKeyId['Fn::GetAtt'][0], AliasName.replace('alias/writ/', '')];
    }),
  );
  for (const [name, { Properties }] of Object.entries(resourcesOf(template, 'AWS::KMS::Key'))) {
    const { KeySpec = 'SYMMETRIC_DEFAULT', KeyPolicy } = Properties as unknown as KeyProperties;
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
