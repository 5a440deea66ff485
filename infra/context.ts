import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Node } from 'constructs';
import { z } from 'zod';
import type { Deployment } from '../adapters/bundle/load.ts';
import { loadBundle, LOCAL_DEPLOYMENT } from '../adapters/bundle/load.ts';
import { BundleError } from '../adapters/bundle/problems.ts';
import { clientsShape } from '../adapters/bundle/clientShape.ts';
import { issuersShape, targetsShape } from '../adapters/bundle/shapes.ts';
import type { PolicyBundle } from '../core/bundle.ts';
import type { BreakGlassPeople } from './constructs/BreakGlassRole.ts';
import type { MutualTls } from './constructs/MutualTlsDomain.ts';
import type { SigningGenerations } from './stacks/KeysStack.ts';
import { clientWithPublishedKey } from './publishedKeys.ts';
import { CONSOLE_URL, SIGNIN_URL } from '../functions/shared/env.ts';

/** Everything that a deployment may say, checked. Nothing below reads the CDK context itself. */
export interface WritContext extends SigningGenerations {
  /** Writ's own account: nothing in it is ever lent. */
  readonly account: string;
  readonly region: string;
  readonly bundle: PolicyBundle;
  /** Gets the alarms. Without it the topic has no subscriber. */
  readonly email?: string;
  /** Base URL that clients use. Without it, the API's own stage URL. */
  readonly publicUrl?: string;
  /** Version ARN of an AWS Signer profile; with it, Lambda takes no code that the profile did not sign. */
  readonly signingProfileArn?: string;
  readonly signinUrl: string;
  readonly consoleUrl: string;
  /** Shown to clients: where lent sessions must talk to. On a laptop only. */
  readonly awsEndpointUrl?: string;
  /** Whether webhooks and the ticket system may be at private addresses, and without TLS. */
  readonly privateEndpoints: boolean;
  /** Who may take what is held ready for emergencies while Writ itself is down. Without it, nobody. */
  readonly breakGlass?: BreakGlassPeople;
  /** A domain whose callers all present a certificate. Without it, no certificate proves anything. */
  readonly mutualTls?: MutualTls;
}

/** What was given for the deployment can't be used. The message is one line and says which value and why. */
export class ContextError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ContextError';
  }
}

const url = z.url({ protocol: /^https?$/, error: 'must be a URL' }).refine((text) => !text.endsWith('/'), {
  error: 'must not end in a slash',
});

const IAM_PRINCIPAL = /^arn:aws:iam::\d{12}:(user|role)\/[\w+=,.@/-]{1,512}$/;

/** Exact: neither a whole account nor a pattern. */
const PEOPLE = z.strictObject({
  principals: z.tuple(
    [z.string().regex(IAM_PRINCIPAL, 'must be the exact ARN of a user or a role')],
    z.string().regex(IAM_PRINCIPAL, 'must be the exact ARN of a user or a role'),
  ),
  email: z.email('must be an e-mail address').exactOptional(),
});

/** JSON as `-c` gives it, or a value as `cdk.json` gives it. What is no JSON stays a text, which the shape refuses. */
const orJson = <T extends z.ZodType>(shape: T) =>
  z.preprocess((value) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  }, shape);

/** Names of generations of keys, each once. The environment of a function holds the ARNs of all. */
const GENERATIONS = z
  .array(
    z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a short name of a-z, 0-9 and -'),
    'must be a list of names',
  )
  .min(1, 'must name one generation at least')
  .max(4, 'must name four generations at most')
  .refine((names) => new Set(names).size === names.length, 'must name each generation once');

const MUTUAL_TLS = z.strictObject({
  domainName: z.string().regex(/^([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, 'must be a host name'),
  certificateArn: z
    .string()
    .regex(/^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/, 'must be the ARN of a certificate of ACM'),
  truststoreUri: z.string().regex(/^s3:\/\/[a-z0-9.-]{3,63}\/.+$/, 'must be an s3:// URI'),
  truststoreVersion: z.string().min(1, 'must be the version of an object').exactOptional(),
});

const SHAPE = z.object({
  account: z.string().regex(/^\d{12}$/, 'must be an account id of 12 digits'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+){1,2}-\d$/, 'must be a Region such as us-east-1'),
  installation: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a short name of a-z, 0-9 and -'),
  policies: z.string().min(1, 'must be a directory'),
  email: z.email('must be an e-mail address').exactOptional(),
  publicUrl: url.exactOptional(),
  signingProfileArn: z
    .string()
    .regex(
      /^arn:aws:signer:[a-z0-9-]+:\d{12}:\/signing-profiles\/\w{2,64}\/\w{10}$/,
      'must be the version ARN of a signing profile',
    )
    .exactOptional(),
  signinUrl: url.default(SIGNIN_URL),
  consoleUrl: z.url({ protocol: /^https?$/, error: 'must be a URL' }).default(CONSOLE_URL),
  awsEndpointUrl: url.exactOptional(),
  privateEndpoints: z
    .union([z.boolean(), z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')])
    .default(false),
  tokenKeys: orJson(GENERATIONS).default(['a', 'b']),
  tokenSigningShards: z.coerce
    .number('must be a number from 1 to 8')
    .int('must be a number from 1 to 8')
    .min(1, 'must be a number from 1 to 8')
    .max(8, 'must be a number from 1 to 8')
    .default(1),
  snapshotKeys: orJson(GENERATIONS).default(['a']),
});

/** Context keys, for `cdk.json`, `-c key=value` and `docs/deploy.md`. */
export const CONTEXT_KEYS = [
  ...Object.keys(SHAPE.shape),
  'issuers',
  'clients',
  'targets',
  'breakGlass',
  'mutualTls',
] as readonly string[];

/**
 * Reads and checks the CDK context, and loads the bundle for this deployment.
 *
 * @param environment holds what the CDK CLI found out: `CDK_DEFAULT_ACCOUNT`, when there are AWS credentials
 * @throws ContextError naming the value; also for a bundle that must not be used, such as one that lends in Writ's own
 * account
 */
export function readContext(node: Node, environment: Readonly<Record<string, string | undefined>>): WritContext {
  const given = (key: string): unknown => node.tryGetContext(key) as unknown;
  const keys = Object.keys(SHAPE.shape).filter((key) => given(key) !== undefined);
  const { policies, installation, ...context } = check(SHAPE, {
    ...Object.fromEntries(keys.map((key) => [key, given(key)])),
    account: given('account') ?? environment['CDK_DEFAULT_ACCOUNT'] ?? LOCAL_DEPLOYMENT.brokerAccount,
    region: given('region') ?? 'us-east-1',
    installation: given('installation') ?? LOCAL_DEPLOYMENT.installation,
    policies: given('policies') ?? './policies',
  });
  const issuers = given('issuers');
  const clients = given('clients');
  const targets = given('targets');
  const breakGlass = given('breakGlass');
  const mutualTls = given('mutualTls');
  const bundle = load(policies, {
    installation,
    brokerAccount: context.account,
    ...(issuers !== undefined && { issuers: check(issuersShape, jsonOrFile('issuers', issuers), 'issuers') }),
    ...(clients !== undefined && { clients: check(clientsShape, jsonOrFile('clients', clients), 'clients') }),
    ...(targets !== undefined && { targets: check(targetsShape, jsonOrFile('targets', targets), 'targets') }),
  });
  refuseMakeBelieve(context.account, bundle);
  return {
    ...context,
    bundle,
    ...(breakGlass !== undefined && {
      breakGlass: check(PEOPLE, jsonOrFile('breakGlass', breakGlass), 'breakGlass'),
    }),
    ...(mutualTls !== undefined && {
      mutualTls: check(MUTUAL_TLS, jsonOrFile('mutualTls', mutualTls), 'mutualTls'),
    }),
  };
}

function load(policies: string, deployment: Deployment): PolicyBundle {
  try {
    return loadBundle(resolve(policies), deployment);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    throw new ContextError(`policies \`${policies}\`: ${error.problems.join('; ')}`);
  }
}

/** The sample bundle's issuers are on this machine: anyone there could sign tokens for a real deployment, or as a client. */
function refuseMakeBelieve(account: string, { issuers, clients }: PolicyBundle): void {
  if (account === LOCAL_DEPLOYMENT.brokerAccount) return;
  const open = issuers.find(({ issuer, jwksUri }) => ![issuer, jwksUri].every((text) => text.startsWith('https:')));
  if (open) {
    throw new ContextError(
      `issuers: \`${open.id}\` has no https URL; give this deployment its own, such as -c issuers=./issuers.json`,
    );
  }
  const known = clientWithPublishedKey(clients);
  if (known) {
    throw new ContextError(
      `clients: the private key of \`${known.id}\` is published; give this deployment its own, such as -c clients=./clients.json`,
    );
  }
}

function check<T>(shape: z.ZodType<T>, value: unknown, name?: string): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const where = [...(name === undefined ? [] : [name]), ...path.map(String)].join('.');
    return `${where}: ${message}`;
  });
  throw new ContextError(problems.join('; '));
}

/** JSON as `-c` gives it, a value as `cdk.json` gives it, or the path of a JSON file. */
function jsonOrFile(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trimStart();
  try {
    return JSON.parse(/^[[{]/.test(text) ? text : readFileSync(resolve(value), 'utf8')) as unknown;
  } catch (error) {
    throw new ContextError(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
