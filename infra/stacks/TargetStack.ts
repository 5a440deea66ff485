import type { StackProps } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Entitlement, Target } from '../../core/entitlement.ts';
import type { BreakGlassPeople } from '../constructs/BreakGlassRole.ts';
import { BreakGlassRole } from '../constructs/BreakGlassRole.ts';
import { EnforcerRole } from '../constructs/EnforcerRole.ts';
import { LentRole } from '../constructs/LentRole.ts';

/** An entitlement with the place where it is lent. */
export interface Lent {
  readonly entitlement: Entitlement;
  readonly target: Target;
}

export interface TargetStackProps extends StackProps {
  readonly env: { readonly account: string; readonly region: string };
  /** All that is lent in this account. At least one. */
  readonly lent: readonly [Lent, ...Lent[]];
  readonly brokerAccount: string;
  /** @default - there is no way in while Writ is down */
  readonly breakGlass?: BreakGlassPeople;
}

/**
 * Everything that Writ has in a target account: a role per entitlement and the enforcer's. It refers to no other stack,
 * so it can be deployed alone, by other people and with other credentials; the broker's roles must exist by then.
 *
 * @throws Error when the target is the broker's own account
 */
export class TargetStack extends Stack {
  constructor(scope: Construct, id: string, { lent, brokerAccount, breakGlass, ...props }: TargetStackProps) {
    super(scope, id, props);
    if (props.env.account === brokerAccount) {
      throw new Error(`account ${brokerAccount} is Writ’s own: nothing in it is lent. Use another account`);
    }
    for (const { entitlement, target } of lent) {
      new LentRole(this, entitlement.id, { entitlement, target, brokerAccount });
    }
    for (const { entitlement, target } of breakGlass ? lent : []) {
      if (entitlement.kind !== 'aws' || !entitlement.breakGlass || !breakGlass) continue;
      new BreakGlassRole(this, `${entitlement.id}-direct`, { entitlement, target, brokerAccount, people: breakGlass });
    }
    new EnforcerRole(this, 'Enforcer', { lent, brokerAccount });
  }
}
