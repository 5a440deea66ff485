/**
 * The local IAM API, as far as reading and writing the policies of roles goes.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/
 */
import { z } from 'zod';
import { operationsWith } from '../operation.ts';
import { AwsError } from '../service.ts';
import type { Access, Call, Service } from '../service.ts';
import { inlinePolicies } from './roles.ts';
import type { Role, RoleStore } from './roles.ts';

const operation = operationsWith('ValidationError');

const NAME = z.string().regex(/^[\w+=,.@-]{1,128}$/);
const ROLE = z.strictObject({ RoleName: NAME });
const ROLE_POLICY = z.strictObject({ RoleName: NAME, PolicyName: NAME });
const PUT_ROLE_POLICY = z.strictObject({
  RoleName: NAME,
  PolicyName: NAME,
  PolicyDocument: z
    .string()
    .min(1)
    .max(131_072)
    .regex(/^[\t\n\r -\u00ff]+$/),
});
const LIST = z.strictObject({
  RoleName: NAME,
  Marker: z.string().optional(),
  MaxItems: z.coerce.number().int().min(1).max(1_000).default(100),
});

export function createIam({ roles }: { roles: RoleStore }): Service {
  const find = (name: string, call: Call): Role => {
    const role = roles.find(call.caller.accountId, name);
    if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
    return role;
  };
  const need =
    (action: string) =>
    ({ RoleName }: { RoleName: string }, call: Call): readonly Access[] => [
      accessTo(action, RoleName, call, roles.find(call.caller.accountId, RoleName)),
    ];

  return {
    signingName: 'iam',
    protocol: 'query',
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    operations: {
      GetRole: operation(ROLE, {
        access: need('iam:GetRole'),
        handle: ({ RoleName }, call) => ({ Role: describe(find(RoleName, call)) }),
      }),
      GetRolePolicy: operation(ROLE_POLICY, {
        access: need('iam:GetRolePolicy'),
        handle({ RoleName, PolicyName }, call) {
          const policy = inlinePolicies(find(RoleName, call)).find(({ name }) => name === PolicyName);
          if (policy === undefined) throw noSuchPolicy(PolicyName);
          return { RoleName, PolicyName, PolicyDocument: urlEncoded(policy.document) };
        },
      }),
      PutRolePolicy: operation(PUT_ROLE_POLICY, {
        access: need('iam:PutRolePolicy'),
        async handle({ RoleName, PolicyName, PolicyDocument }, call) {
          await roles.putInlinePolicy(find(RoleName, call), PolicyName, PolicyDocument);
        },
      }),
      DeleteRolePolicy: operation(ROLE_POLICY, {
        access: need('iam:DeleteRolePolicy'),
        async handle({ RoleName, PolicyName }, call) {
          const role = find(RoleName, call);
          if (!inlinePolicies(role).some(({ name }) => name === PolicyName)) throw noSuchPolicy(PolicyName);
          await roles.deleteInlinePolicy(role, PolicyName);
        },
      }),
      ListRolePolicies: operation(LIST, {
        access: need('iam:ListRolePolicies'),
        handle({ RoleName, Marker, MaxItems }, call) {
          const names = inlinePolicies(find(RoleName, call)).map(({ name }) => name);
          const { items, next } = page(names.sort(), Marker, MaxItems);
          return { PolicyNames: items, ...next };
        },
      }),
      ListAttachedRolePolicies: operation(LIST, {
        access: need('iam:ListAttachedRolePolicies'),
        handle({ RoleName, Marker, MaxItems }, call) {
          const { items, next } = page([...find(RoleName, call).attached].sort(), Marker, MaxItems);
          const policies = items.map((arn) => ({ PolicyName: arn.slice(arn.lastIndexOf('/') + 1), PolicyArn: arn }));
          return { AttachedPolicies: policies, ...next };
        },
      }),
    },
  };
}

function accessTo(action: string, roleName: string, call: Call, role: Role | undefined): Access {
  const tags = Object.entries(role?.tags ?? {});
  return {
    action,
    resource: role?.arn ?? `arn:aws:iam::${call.caller.accountId}:role/${roleName}`,
    context: {
      ...(role?.boundary === undefined ? {} : { 'iam:PermissionsBoundary': role.boundary }),
      ...Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
      ...Object.fromEntries(tags.map(([key, value]) => [`iam:ResourceTag/${key}`, value])),
    },
  };
}

function describe(role: Role): Record<string, unknown> {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.roleId,
    Arn: role.arn,
    CreateDate: new Date(role.createdAt).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    AssumeRolePolicyDocument: urlEncoded(role.trustPolicy),
    Description: role.description,
    MaxSessionDuration: role.maxSessionDuration,
    PermissionsBoundary:
      role.boundary === undefined
        ? undefined
        : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: role.boundary },
    Tags: Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

/** One page of sorted names; the marker is the last name of the page before. */
function page(names: readonly string[], marker: string | undefined, limit: number) {
  const rest = marker === undefined ? names : names.filter((name) => name > marker);
  const items = rest.slice(0, limit);
  const truncated = rest.length > limit;
  return { items, next: { IsTruncated: truncated, ...(truncated ? { Marker: items.at(-1) } : {}) } };
}

/** RFC 3986, as IAM returns policy documents. */
function urlEncoded(document: string): string {
  return encodeURIComponent(document).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntity', message, 404);
}

function noSuchPolicy(name: string): AwsError {
  return noSuchEntity(`The role policy with name ${name} cannot be found.`);
}
