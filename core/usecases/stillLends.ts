import type { Entitlement, Target } from '../entitlement.ts';
import { ceilingOf, lentRoleArn } from '../entitlement.ts';
import type { Grant } from '../grant.ts';
import { scopeCovers } from '../scope.ts';

/** Whether the catalogue of today still lends what the grant has: its scope, on its role (I5). */
export function stillLends(
  entitlement: Entitlement,
  target: Target | undefined,
  { request, roleArn, scope }: Pick<Grant, 'request' | 'roleArn' | 'scope'>,
): boolean {
  const given = Object.keys(request.parameters);
  return (
    roleArn === (target && lentRoleArn(entitlement, target)) &&
    Object.keys(entitlement.parameters).every((name) => given.includes(name)) &&
    scopeCovers(ceilingOf(entitlement, target, request.parameters), scope)
  );
}
