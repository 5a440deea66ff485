import type { IAMClient } from '@aws-sdk/client-iam';
import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  NoSuchEntityException,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { parseArn, isArn } from '../../core/arn.ts';
import type { RevocationWriter } from '../../core/ports.ts';
import { REVOCATION_POLICY_NAME } from '../../core/revocation.ts';
import type { EnforcerClients } from './enforcerClients.ts';

/**
 * Writes the revocation policy of lent roles. It reads before it writes: an unchanged policy costs IAM nothing, and a
 * policy that somebody removed or edited is put right at the next look.
 */
export const createIamRevocationWriter = (clients: EnforcerClients): RevocationWriter => ({
  async write(roleArn, policy) {
    const { account, roleName } = roleOf(roleArn);
    const iam = await clients.clientFor(account);
    try {
      return await bring(iam, roleName, policy);
    } catch (error) {
      clients.forget(account); // its credentials may be what was refused
      throw error;
    }
  },
});

async function bring(iam: IAMClient, RoleName: string, policy: string | undefined): Promise<'written' | 'unchanged'> {
  const name = { RoleName, PolicyName: REVOCATION_POLICY_NAME };
  const current = await currentPolicy(iam, name);
  if (current === policy) return 'unchanged';
  await (policy === undefined
    ? iam.send(new DeleteRolePolicyCommand(name))
    : iam.send(new PutRolePolicyCommand({ ...name, PolicyDocument: policy })));
  return 'written';
}

/** As text; IAM gives it URL-encoded (RFC 3986). Undefined where the role has none. */
async function currentPolicy(
  iam: IAMClient,
  name: { readonly RoleName: string; readonly PolicyName: string },
): Promise<string | undefined> {
  try {
    const { PolicyDocument: document } = await iam.send(new GetRolePolicyCommand(name));
    return document === undefined ? undefined : decodeURIComponent(document);
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}

/** @throws TypeError for what is no role's ARN. */
function roleOf(roleArn: string): { account: string; roleName: string } {
  const arn = parseArn(roleArn);
  const [kind, ...path] = isArn(arn) ? arn.resource.split('/') : [];
  const roleName = path.at(-1) ?? '';
  if (!isArn(arn) || arn.service !== 'iam' || kind !== 'role' || arn.account === '' || roleName === '') {
    throw new TypeError('a revocation policy belongs to a role');
  }
  return { account: arn.account, roleName };
}
