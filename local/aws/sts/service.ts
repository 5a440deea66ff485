/**
 * The local AWS Security Token Service.
 */
import { z } from 'zod';
import type { RoleStore } from '../iam/roles.ts';
import type { Identities } from '../identities.ts';
import { operationsWith } from '../operation.ts';
import type { Caller, Service } from '../service.ts';
import { ASSUME_ROLE, assumeRole, assumeRoleAccess, roleOf } from './assume-role.ts';

const operation = operationsWith('ValidationError');

export function createSts({ roles, identities }: { roles: RoleStore; identities: Identities }): Service {
  return {
    signingName: 'sts',
    protocol: 'query',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    operations: {
      AssumeRole: operation(ASSUME_ROLE, {
        access: (input, call) => assumeRoleAccess(input, call, roleOf(input, roles)),
        handle(input, call) {
          const role = roleOf(input, roles);
          if (role === undefined) throw new Error('the role went away between authorization and use');
          const { session, packedPolicySize } = assumeRole(input, call, role);
          const credentials = identities.mint(session);
          return {
            Credentials: {
              AccessKeyId: credentials.accessKeyId,
              SecretAccessKey: credentials.secretAccessKey,
              SessionToken: credentials.sessionToken,
              Expiration: new Date(credentials.expiresAt).toISOString().replace(/\.\d{3}Z$/, 'Z'),
            },
            AssumedRoleUser: {
              AssumedRoleId: `${session.roleId}:${session.sessionName}`,
              Arn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${session.sessionName}`,
            },
            // The first is deprecated since June 2026 in favour of the second; AWS sends both. Both are estimates here.
            PackedPolicySize: packedPolicySize,
            SessionTokenUtilization: packedPolicySize,
            SessionTokenSize: credentials.sessionToken.length,
            SourceIdentity: session.sourceIdentity,
          };
        },
      }),

      // Needs no permission, and no deny stops it: AWS documents it so.
      GetCallerIdentity: operation(z.strictObject({}), {
        access: () => [],
        handle: (_input, { caller }) => ({ Arn: caller.arn, UserId: userId(caller), Account: caller.accountId }),
      }),
    },
  };
}

function userId(caller: Caller): string {
  return caller.kind === 'root' ? caller.accountId : `${caller.roleId}:${caller.sessionName}`;
}
