/**
 * The global condition keys of a request, as AWS fills them in.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
import type { Call } from '../service.ts';

export type Context = Readonly<Record<string, string | readonly string[]>>;

/** `resource` is an ARN or `*`; `roleTags` are the caller's role's, which session tags override whatever their case. */
export function globalContext(call: Call, resource: string, roleTags: Readonly<Record<string, string>>): Context {
  const { caller } = call;
  return {
    'aws:CurrentTime': iamTime(call.now),
    'aws:EpochTime': String(Math.floor(call.now / 1000)),
    'aws:RequestedRegion': call.region,
    'aws:SourceIp': call.sourceIp,
    // The hop that TLS protects on AWS is a loopback socket here. A policy that demands TLS must not deny it.
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
    'aws:PrincipalIsAWSService': 'false',
    'aws:PrincipalAccount': caller.accountId,
    'aws:ResourceAccount': accountOf(resource) ?? caller.accountId,
    ...(caller.kind === 'root' ? rootContext(caller.accountId, caller.arn) : sessionContext(caller, roleTags)),
  };
}

function rootContext(accountId: string, arn: string): Context {
  return { 'aws:PrincipalArn': arn, 'aws:PrincipalType': 'Account', 'aws:userid': accountId };
}

// No `aws:username`: AWS sets it for IAM users only.
function sessionContext(
  caller: Extract<Call['caller'], { kind: 'session' }>,
  roleTags: Readonly<Record<string, string>>,
): Context {
  const tags = new Map<string, readonly [key: string, value: string]>();
  for (const [key, value] of [...Object.entries(roleTags), ...Object.entries(caller.tags)]) {
    tags.set(key.toLowerCase(), [key, value]);
  }
  return {
    'aws:PrincipalArn': caller.roleArn,
    'aws:PrincipalType': 'AssumedRole',
    'aws:userid': `${caller.roleId}:${caller.sessionName}`,
    'aws:TokenIssueTime': iamTime(caller.issuedAt),
    ...(caller.mfa ? { 'aws:MultiFactorAuthPresent': 'true' } : {}),
    ...(caller.sourceIdentity === undefined ? {} : { 'aws:SourceIdentity': caller.sourceIdentity }),
    ...Object.fromEntries([...tags.values()].map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
}

/** AWS's clock in policies counts whole seconds. */
function iamTime(epochMs: number): string {
  return new Date(Math.floor(epochMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** The account in an ARN, if there is one. */
export function accountOf(resource: string): string | undefined {
  const account = resource.split(':')[4];
  return account === undefined || account === '' ? undefined : account;
}
