/**
 * What the runtime sets up from the template, in process: on AWS CloudFormation and the services themselves do it.
 *
 * Every call may be repeated; a second one brings the thing to what is asked and keeps its identity.
 */
import { trustsService } from './iam/service-principal.ts';
import type { Role, RoleSpec, RoleStore } from './iam/roles.ts';
import type { Identities, SessionCredentials } from './identities.ts';
import type { KeySpecification, KeyStore, KmsKey } from './kms/keys.ts';
import type { Queue, QueueSpecification, QueueStore } from './sqs/queues.ts';

export interface ServiceSession {
  readonly roleArn: string;
  readonly sessionName: string;
  /** Seconds. */
  readonly duration: number;
  /** The service principal that takes the role. @default lambda.amazonaws.com */
  readonly service?: string;
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
  /** Keys of an account's root user, for tools that fill sample tables. */
  rootCredentials: Identities['rootCredentials'];
}

export function createBootstrap(parts: {
  readonly roles: RoleStore;
  readonly identities: Identities;
  readonly keys: KeyStore;
  readonly queues: QueueStore;
  readonly clock: () => number;
}): Bootstrap {
  const { roles, identities, keys, queues, clock } = parts;
  return {
    createRole: (spec) => roles.put(spec),
    putManagedPolicy: (arn, document) => roles.putManagedPolicy(arn, document),
    createKey: (specification) => keys.put(specification),
    createAlias: (key, alias) => keys.putAlias(key, alias),
    createQueue: (specification) => queues.put(specification),
    rootCredentials: (accountId) => identities.rootCredentials(accountId),

    async mintServiceCredentials({ roleArn, sessionName, duration, service = 'lambda.amazonaws.com' }) {
      const role = roles.byArn(roleArn);
      if (role === undefined) throw new Error(`no such role: \`${roleArn}\``);
      if (!(await trustsService(role, service))) throw new Error(`\`${roleArn}\` does not trust \`${service}\``);
      const now = clock();
      return identities.mint({
        accountId: role.accountId,
        roleArn,
        roleId: role.roleId,
        sessionName,
        tags: {},
        transitiveTagKeys: [],
        issuedAt: now,
        expiresAt: now + duration * 1_000,
        chained: false,
      });
    },
  };
}
