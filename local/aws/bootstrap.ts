/**
 * What the runtime sets up from the template, in process: on AWS CloudFormation and the services themselves do it.
 *
 * Every call may be repeated; a second one brings the thing to what is asked and keeps its identity.
 */
import { trustsService } from './iam/service-principal.ts';
import type { Role, RoleSpec, RoleStore } from './iam/roles.ts';
import type { Identities, SessionCredentials } from './identities.ts';

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
  /** Credentials as a service gives them to what it runs. @throws {Error} if the role is missing or does not trust it */
  mintServiceCredentials(session: ServiceSession): Promise<SessionCredentials>;
  /** Keys of an account's root user, for tools that fill sample tables. */
  rootCredentials: Identities['rootCredentials'];
}

export function createBootstrap(parts: {
  readonly roles: RoleStore;
  readonly identities: Identities;
  readonly clock: () => number;
}): Bootstrap {
  const { roles, identities, clock } = parts;
  return {
    createRole: (spec) => roles.put(spec),
    putManagedPolicy: (arn, document) => roles.putManagedPolicy(arn, document),
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
