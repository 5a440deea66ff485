/**
 * What the runtime sets up from the template, in process: on AWS CloudFormation and the services themselves do it.
 *
 * Every call may be repeated; a second one brings the thing to what is asked and keeps its identity.
 */
import { randomUUID } from 'node:crypto';
import type { Authorize } from './iam/authorize.ts';
import { trustsService } from './iam/service-principal.ts';
import type { Role, RoleSpec, RoleStore } from './iam/roles.ts';
import { callerOf } from './identities.ts';
import type { Identities, NewSession, SessionCredentials } from './identities.ts';
import type { KeySpecification, KeyStore, KmsKey } from './kms/keys.ts';
import type { Access } from './service.ts';
import type { Queue, QueueSpecification, QueueStore } from './sqs/queues.ts';

export interface ServiceSession {
  readonly roleArn: string;
  readonly sessionName: string;
  /** Seconds. */
  readonly duration: number;
  /** The service principal that takes the role. @default lambda.amazonaws.com */
  readonly service?: string;
  /** What the service takes it for: `aws:SourceArn`. @default not stated */
  readonly sourceArn?: string;
  /** For the session of a person who gave a second factor. @default without */
  readonly mfa?: true;
}

export interface Bootstrap {
  /** @throws {AwsError} MalformedPolicyDocument */
  createRole(spec: RoleSpec): Promise<Role>;
  putManagedPolicy(arn: string, document: string): Promise<void>;
  /** The key's material is made once and stays. @throws {AwsError} MalformedPolicyDocumentException */
  createKey(specification: KeySpecification): Promise<KmsKey>;
  /** `alias` begins with `alias/`. */
  createAlias(key: KmsKey, alias: string): Promise<void>;
  /** A dead-letter queue is made before the queue that names it. */
  createQueue(specification: QueueSpecification): Promise<Queue>;
  /** Credentials as a service gives them to what it runs. @throws {Error} if the role is missing or does not trust it */
  mintServiceCredentials(session: ServiceSession): Promise<SessionCredentials>;
  /**
   * Checks what a service does in a role's name without a call on the wire, such as polling a stream or starting a
   * function. @throws {Error} in IAM's words if it may not, or if the service can't take the role
   */
  checkServiceAccess(session: ServiceSession, access: Access): Promise<void>;
  /** Keys of an account's root user, for tools that fill sample tables. */
  rootCredentials: Identities['rootCredentials'];
}

export function createBootstrap(parts: {
  readonly roles: RoleStore;
  readonly identities: Identities;
  readonly keys: KeyStore;
  readonly queues: QueueStore;
  readonly authorize: Authorize;
  readonly clock: () => number;
}): Bootstrap {
  const { roles, identities, keys, queues, authorize, clock } = parts;

  /** The session of a service in a role. @throws {Error} if the role is missing or does not trust the service */
  async function sessionOf(session: ServiceSession): Promise<NewSession> {
    const { roleArn, sessionName, duration, service = 'lambda.amazonaws.com', sourceArn, mfa } = session;
    const role = roles.byArn(roleArn);
    if (role === undefined) throw new Error(`no such role: \`${roleArn}\``);
    if (!(await trustsService(role, service, sourceArn))) {
      throw new Error(`\`${roleArn}\` does not trust \`${service}\``);
    }
    const now = clock();
    return {
      accountId: role.accountId,
      roleArn,
      roleId: role.roleId,
      sessionName,
      tags: {},
      transitiveTagKeys: [],
      issuedAt: now,
      expiresAt: now + duration * 1_000,
      chained: false,
      ...(mfa && { mfa }),
    };
  }

  return {
    createRole: (spec) => roles.put(spec),
    putManagedPolicy: (arn, document) => roles.putManagedPolicy(arn, document),
    createKey: (specification) => keys.put(specification),
    createAlias: (key, alias) => keys.putAlias(key, alias),
    createQueue: (specification) => queues.put(specification),
    rootCredentials: (accountId) => identities.rootCredentials(accountId),

    mintServiceCredentials: async (session) => identities.mint(await sessionOf(session)),

    async checkServiceAccess(session, access) {
      // Nobody calls with it, so nothing is sealed: it is asked about as if it had called.
      const caller = callerOf(await sessionOf(session));
      const [, , , region = ''] = access.resource.split(':');
      const call = { caller, region, now: clock(), requestId: randomUUID(), sourceIp: '127.0.0.1' };
      const authorization = await authorize(call, access);
      if (!authorization.allowed) throw new Error(authorization.message);
    },
  };
}
