import type { PolicyBundle } from '../../core/bundle.ts';
import type { Entitlement } from '../../core/entitlement.ts';
import { ceilingProblems } from './ceiling.ts';
import { impersonationProblems, namesSubject } from './impersonation.ts';
import { servedProblems, tokenProblems } from './token.ts';

/** What is wrong with one entitlement of the catalogue, each with its member's path. */
export function entitlementProblems(
  entitlement: Entitlement,
  { chains, clients, targets }: Pick<PolicyBundle, 'chains' | 'clients' | 'targets'>,
  brokerAccount: string,
): string[] {
  const { approvals } = entitlement;
  const chain = chains.find(({ id }) => id === approvals);
  if (approvals !== undefined && !chain) return [`approvals: approvals.json has no chain \`${approvals}\``];
  switch (entitlement.kind) {
    case 'impersonation':
      return firstOf(impersonationProblems(entitlement, chain), () => servedProblems(entitlement, clients));
    case 'token':
      return firstOf(tokenProblems(entitlement, chain), () => servedProblems(entitlement, clients));
    case 'aws': {
      const alias = entitlement.target;
      const target = Object.hasOwn(targets, alias) ? targets[alias] : undefined;
      if (!target) return [`target: targets.json has no target \`${alias}\``];
      return [
        ...(chain && namesSubject(chain) ? ['approvals: it acts for nobody, but its chain asks a subject'] : []),
        ...(target.account === brokerAccount
          ? [`target: \`${alias}\` is Writ's own account; nothing in it is lent. Use another account`]
          : []),
        ...ceilingProblems(entitlement, target),
      ];
    }
  }
}

/** What is asked of audiences only once they are audiences. */
const firstOf = (problems: string[], further: () => string[]): string[] => (problems.length > 0 ? problems : further());
