/**
 * AssumeRole: which permissions it needs, which limits it has, and the session that comes of it.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
import { z } from 'zod';
import { InvalidDocument, parseDocument } from '../iam/documents.ts';
import type { Role, RoleStore } from '../iam/roles.ts';
import type { NewSession } from '../identities.ts';
import { AwsError } from '../service.ts';
import type { Access, Call } from '../service.ts';
import { packedPolicySize } from './packing.ts';

const NAME = /^[\w+=,.@-]{2,64}$/;
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const ROLE_ARN = /^arn:aws:iam::\d{12}:role\/[\u0021-\u007e]{1,512}$/;

const TAG = z.object({
  Key: z.string().min(1).max(128).regex(TAG_TEXT),
  Value: z.string().max(256).regex(TAG_TEXT),
});

/** The query protocol writes an empty list as an empty value. */
function list<Item extends z.ZodType>(item: Item) {
  return z.preprocess((value) => (value === undefined || value === '' ? [] : value), z.array(item).max(50));
}

export const ASSUME_ROLE = z.strictObject({
  RoleArn: z.string().regex(ROLE_ARN),
  RoleSessionName: z.string().regex(NAME),
  DurationSeconds: z.coerce.number().int().min(900).max(43_200).default(3_600),
  ExternalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/)
    .optional(),
  // Session policies by ARN, MFA devices and context assertions are not lent by Writ, so they are refused as unknown.
  Policy: z
    .string()
    .min(1)
    .max(2_048)
    .regex(/^[\t\n\r -\u00ff]+$/)
    .optional(),
  SourceIdentity: z
    .string()
    .regex(NAME)
    .refine((value) => !value.toLowerCase().startsWith('aws:'), 'may not start with aws:')
    .optional(),
  Tags: list(TAG),
  TransitiveTagKeys: list(z.string().min(1).max(128)),
});
export type AssumeRoleInput = z.output<typeof ASSUME_ROLE>;

/** What a session hands on to the one that it makes: role chaining keeps these. */
interface Inherited {
  readonly sourceIdentity?: string;
  readonly tags: Readonly<Record<string, string>>;
}

function inheritedBy({ caller }: Call): Inherited {
  if (caller.kind === 'root') return { tags: {} };
  const tags = Object.entries(caller.tags).filter(([key]) => hasKey(caller.transitiveTagKeys, key));
  return {
    ...(caller.sourceIdentity === undefined ? {} : { sourceIdentity: caller.sourceIdentity }),
    tags: Object.fromEntries(tags),
  };
}

/** The permissions that the call needs, each also of the role's trust policy. */
export function assumeRoleAccess(input: AssumeRoleInput, call: Call, role: Role | undefined): readonly Access[] {
  // A role that is not there looks like one that may not be assumed. And the root user can't assume roles.
  if (role === undefined || call.caller.kind === 'root') {
    const message = `User: ${call.caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`;
    throw new AwsError('AccessDenied', message, 403);
  }
  const inherited = inheritedBy(call);
  const sourceIdentity = input.SourceIdentity ?? inherited.sourceIdentity;
  const tags = { ...inherited.tags, ...Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value])) };
  const transitive = [...Object.keys(inherited.tags), ...input.TransitiveTagKeys];
  const context = {
    'sts:RoleSessionName': input.RoleSessionName,
    ...(input.ExternalId === undefined ? {} : { 'sts:ExternalId': input.ExternalId }),
    ...(sourceIdentity === undefined ? {} : { 'sts:SourceIdentity': sourceIdentity }),
    ...(Object.keys(tags).length === 0 ? {} : { 'aws:TagKeys': Object.keys(tags) }),
    ...(transitive.length === 0 ? {} : { 'sts:TransitiveTagKeys': transitive }),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...Object.fromEntries(Object.entries(role.tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value])),
  };
  const need = (action: string): Access => ({
    action,
    resource: role.arn,
    context,
    resourcePolicy: role.trustPolicy,
  });
  return [
    need('sts:AssumeRole'),
    ...(Object.keys(tags).length > 0 || transitive.length > 0 ? [need('sts:TagSession')] : []),
    ...(sourceIdentity === undefined ? [] : [need('sts:SetSourceIdentity')]),
  ];
}

/** The session and its packed size. @throws {AwsError} ValidationError, MalformedPolicyDocument, PackedPolicyTooLarge, … */
export function assumeRole(
  input: AssumeRoleInput,
  call: Call,
  role: Role,
): { readonly session: NewSession; readonly packedPolicySize: number | undefined } {
  const inherited = inheritedBy(call);
  const chained = call.caller.kind === 'session';
  checkDuration(input.DurationSeconds, role.maxSessionDuration, chained);
  if (input.Policy !== undefined) checkPolicy(input.Policy);
  checkTags(input, inherited);
  if (
    inherited.sourceIdentity !== undefined &&
    (input.SourceIdentity ?? inherited.sourceIdentity) !== inherited.sourceIdentity
  ) {
    throw new AwsError('AccessDenied', 'The source identity of a session cannot be changed by role chaining', 403);
  }

  const requested = Object.fromEntries(input.Tags.map(({ Key, Value }) => [Key, Value]));
  const size = packedPolicySize(input.Policy, requested);
  if (size !== undefined && size > 100) {
    const message = `Packed policy consumes ${size}% of allotted space, please use smaller policy.`;
    throw new AwsError('PackedPolicyTooLarge', message, 400);
  }
  const sourceIdentity = input.SourceIdentity ?? inherited.sourceIdentity;
  return {
    packedPolicySize: size,
    session: {
      accountId: role.accountId,
      roleArn: role.arn,
      roleId: role.roleId,
      sessionName: input.RoleSessionName,
      ...(input.Policy === undefined ? {} : { sessionPolicy: input.Policy }),
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      tags: { ...inherited.tags, ...requested },
      transitiveTagKeys: [...Object.keys(inherited.tags), ...input.TransitiveTagKeys],
      issuedAt: call.now,
      expiresAt: call.now + input.DurationSeconds * 1_000,
      chained,
    },
  };
}

export function roleOf(input: AssumeRoleInput, roles: RoleStore): Role | undefined {
  return roles.byArn(input.RoleArn);
}

function checkDuration(seconds: number, maxOfRole: number, chained: boolean): void {
  const exceeded = (what: string): AwsError =>
    new AwsError('ValidationError', `The requested DurationSeconds exceeds the ${what}.`);
  if (seconds > maxOfRole) throw exceeded('MaxSessionDuration set for this role');
  if (chained && seconds > 3_600) throw exceeded('1 hour session limit for roles assumed by role chaining');
}

function checkPolicy(policy: string): void {
  try {
    parseDocument('session', policy);
  } catch (error) {
    if (error instanceof InvalidDocument) throw new AwsError('MalformedPolicyDocument', error.message);
    throw error;
  }
}

function checkTags(input: AssumeRoleInput, inherited: Inherited): void {
  const keys = input.Tags.map((tag) => tag.Key);
  const folded = new Set(keys.map((key) => key.toLowerCase()));
  const invalid = (message: string): AwsError => new AwsError('InvalidParameterValue', message);
  if (folded.size < keys.length) {
    throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) throw invalid('Tag keys may not start with aws:');
  if (Object.keys(inherited.tags).some((key) => folded.has(key.toLowerCase()))) {
    throw invalid('A specified tag key conflicts with a transitive tag key of the calling session.');
  }
  if (input.TransitiveTagKeys.some((key) => !hasKey(keys, key))) {
    throw invalid('A transitive tag key is not among the tags of the request.');
  }
}

function hasKey(keys: readonly string[], key: string): boolean {
  return keys.some((other) => other.toLowerCase() === key.toLowerCase());
}
