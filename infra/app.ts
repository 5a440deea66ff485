import type { AppProps } from 'aws-cdk-lib';
import { App } from 'aws-cdk-lib';
import { targetOf } from '../core/entitlement.ts';
import type { WritContext } from './context.ts';
import { STACK_NAMES } from './names.ts';
import { BrokerStack } from './stacks/BrokerStack.ts';
import { DataStack } from './stacks/DataStack.ts';
import { KeysStack } from './stacks/KeysStack.ts';
import type { Lent } from './stacks/TargetStack.ts';
import { TargetStack } from './stacks/TargetStack.ts';

/** Switches of the CDK that templates depend on. Here and not in cdk.json, so that every way to synthesize has them. */
const FLAGS = {
  // ARNs are written with `aws`, as the core writes them: policies can be compared with them as text.
  '@aws-cdk/core:enablePartitionLiterals': true,
  // A stack can't take away what another one still uses.
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
  // CloudFormation's own schema has the last word on a template.
  '@aws-cdk/core:strictCfnValidateErrors': true,
} as const;

/** An app without a trace of which constructs were used. Context given from outside wins over `context`. */
export const createApp = ({ context, ...props }: AppProps = {}): App =>
  new App({ ...props, analyticsReporting: false, treeMetadata: false, context: { ...FLAGS, ...context } });

/**
 * Adds all stacks. Keys, Data and Broker belong to Writ's own account; there is a Target stack for every account in
 * which something is lent.
 *
 * @throws Error for what does not fit IAM, naming the entitlement or account
 */
export function addStacks(app: App, context: WritContext): void {
  const { account, region, bundle } = context;
  const env = { account, region };
  const { dataKey, signingKeys } = new KeysStack(app, STACK_NAMES.keys, { env, generations: context });
  const { grantsStreamArn, auditStreamArn } = new DataStack(app, STACK_NAMES.data, { env, dataKey });
  const made = { dataKey, signingKeys, grantsStreamArn, auditStreamArn };
  new BrokerStack(app, STACK_NAMES.broker, { env, context, ...made });
  for (const [target, lent] of lentByAccount(context)) {
    const { region: itsRegion } = lent[0].target;
    const description = `Writ: what account ${account} may lend here (bundle ${bundle.sha256.slice(0, 12)})`;
    const itsEnv = { account: target, region: itsRegion };
    new TargetStack(app, STACK_NAMES.target(target), {
      env: itsEnv,
      description,
      lent,
      brokerAccount: account,
      ...(context.breakGlass && { breakGlass: context.breakGlass }),
    });
  }
}

function lentByAccount({ bundle: { catalogue, targets } }: WritContext): Map<string, [Lent, ...Lent[]]> {
  const accounts = new Map<string, [Lent, ...Lent[]]>();
  for (const entitlement of catalogue) {
    const target = targetOf(entitlement, targets);
    if (!target) continue; // an impersonation lends no role
    const others = accounts.get(target.account);
    if (others) others.push({ entitlement, target });
    else accounts.set(target.account, [{ entitlement, target }]);
  }
  return accounts;
}
