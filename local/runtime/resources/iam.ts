/** Roles and their policies. */
import { z } from 'zod';
import type { RoleSpec } from '../../aws/iam/roles.ts';
import { TemplateError } from '../deploy/intrinsics.ts';
import { physicalId, physicalName } from '../deploy/resource.ts';
import type { Deploy, ResourceContext } from '../deploy/resource.ts';

const document = z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value));
const inline = z.array(z.object({ PolicyName: z.string(), PolicyDocument: document })).default([]);

const ROLE = z.strictObject({
  RoleName: z.string().optional(),
  Path: z.string().default('/'),
  AssumeRolePolicyDocument: document,
  Policies: inline,
  ManagedPolicyArns: z.array(z.string()).default([]),
  PermissionsBoundary: z.string().optional(),
  MaxSessionDuration: z.number().optional(),
  Description: z.string().optional(),
  Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
});

/** `Ref` is the name. IAM itself gets the role when all policies that name it are known. */
export const deployRole: Deploy = async (properties, context) => {
  const role = ROLE.parse(properties);
  const name = role.RoleName ?? physicalName(context);
  const arn = `arn:aws:iam::${context.accountId}:role${role.Path}${name}`;
  context.deployment.roles.set(arn, {
    accountId: context.accountId,
    name,
    path: role.Path,
    trustPolicy: role.AssumeRolePolicyDocument,
    inlinePolicies: Object.fromEntries(role.Policies.map((policy) => [policy.PolicyName, policy.PolicyDocument])),
    managedPolicyArns: role.ManagedPolicyArns,
    ...(role.PermissionsBoundary !== undefined && { permissionsBoundary: role.PermissionsBoundary }),
    ...(role.MaxSessionDuration !== undefined && { maxSessionDuration: role.MaxSessionDuration }),
    ...(role.Description !== undefined && { description: role.Description }),
    tags: Object.fromEntries(role.Tags.map(({ Key, Value }) => [Key, Value])),
  });
  return { ref: name, attributes: { Arn: arn } };
};

const POLICY = z.strictObject({
  PolicyName: z.string(),
  PolicyDocument: document,
  Roles: z.array(z.string()).min(1),
});

/** An inline policy of its own: it joins the roles that it names. */
export const deployPolicy: Deploy = async (properties, context) => {
  const { PolicyName, PolicyDocument, Roles } = POLICY.parse(properties);
  for (const name of Roles) {
    changeRole(context, name, (role) => ({
      ...role,
      inlinePolicies: { ...role.inlinePolicies, [PolicyName]: PolicyDocument },
    }));
  }
  return { ref: PolicyName };
};

const MANAGED_POLICY = z.strictObject({
  ManagedPolicyName: z.string().optional(),
  Path: z.string().default('/'),
  PolicyDocument: document,
  Description: z.string().optional(),
  Roles: z.array(z.string()).default([]),
});

/** `Ref` is the ARN. */
export const deployManagedPolicy: Deploy = async (properties, context) => {
  const policy = MANAGED_POLICY.parse(properties);
  const name = policy.ManagedPolicyName ?? physicalName(context);
  const arn = `arn:aws:iam::${context.accountId}:policy${policy.Path}${name}`;
  await context.backends.putManagedPolicy(arn, policy.PolicyDocument);
  for (const roleName of policy.Roles) {
    changeRole(context, roleName, (role) => ({
      ...role,
      managedPolicyArns: [...(role.managedPolicyArns ?? []), arn],
    }));
  }
  return { ref: arn, attributes: { PolicyArn: arn, PolicyId: `ANPA${physicalId(context, 17).toUpperCase()}` } };
};

function changeRole(
  { accountId, deployment }: ResourceContext,
  name: string,
  change: (role: RoleSpec) => RoleSpec,
): void {
  for (const [arn, role] of deployment.roles) {
    if (role.accountId !== accountId || role.name !== name) continue;
    deployment.roles.set(arn, change(role));
    return;
  }
  throw new TemplateError(`there is no role \`${name}\` in ${accountId}`);
}
