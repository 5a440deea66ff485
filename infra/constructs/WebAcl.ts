import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { ROUTES } from '../../contract/routes.ts';

/** Requests of one address in five minutes. A person with a renewing client makes a few dozen. */
const REQUESTS_PER_ADDRESS = 2_000;
/**
 * The same for what programs call: many services can stand behind one address, and each asks about each token. 50 a second:
 * half of the least measure in `throttling.ts`, so that no stranger uses one up from one address.
 */
const PROGRAM_REQUESTS_PER_ADDRESS = 15_000;

/** What programs call, by the end of its path: a stage may stand before it. */
const PROGRAM_PATHS = [
  ROUTES.issueToken,
  ROUTES.introspectToken,
  ROUTES.consumeToken,
  ROUTES.reportActivity,
  ROUTES.getSnapshot,
].map(({ path }) => path);

const byPrograms: CfnWebACL.StatementProperty = {
  orStatement: {
    statements: PROGRAM_PATHS.map((path) => ({
      byteMatchStatement: {
        fieldToMatch: { uriPath: {} },
        positionalConstraint: 'ENDS_WITH',
        searchString: path,
        textTransformations: [{ priority: 0, type: 'NONE' }],
      },
    })),
  },
};

const RATES: readonly { readonly name: string; readonly limit: number; readonly of: CfnWebACL.StatementProperty }[] = [
  { name: 'RatePerAddress', limit: REQUESTS_PER_ADDRESS, of: { notStatement: { statement: byPrograms } } },
  { name: 'RatePerProgramAddress', limit: PROGRAM_REQUESTS_PER_ADDRESS, of: byPrograms },
];

/** AWS's own rule groups, in the order in which they are asked, with the rules that only count here. */
const MANAGED: readonly { readonly name: string; readonly countOnly: readonly string[] }[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList', countOnly: [] },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet', countOnly: [] },
  // Bodies up to 32 kB are part of the contract, and this rule refuses them from 8 kB on; the functions bound them.
  { name: 'AWSManagedRulesCommonRuleSet', countOnly: ['SizeRestrictions_BODY'] },
];

/**
 * The firewall before the API: addresses of ill repute, known attacks, common ones, and a rate per address. It thins
 * out noise; nothing in Writ relies on it.
 */
export class WebAcl extends Construct {
  constructor(scope: Construct, id: string, { stageArn }: { readonly stageArn: string }) {
    super(scope, id);
    const visibility = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
      cloudWatchMetricsEnabled: true,
      metricName,
      // Samples would hold whole requests, with their bearer tokens.
      sampledRequestsEnabled: false,
    });
    const acl = new CfnWebACL(this, 'Acl', {
      name: 'writ-api',
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('writ-api'),
      rules: [
        ...RATES.map(({ name, limit, of }, priority) => ({
          name,
          priority,
          action: { block: {} },
          statement: { rateBasedStatement: { aggregateKeyType: 'IP', limit, scopeDownStatement: of } },
          visibilityConfig: visibility(name),
        })),
        ...MANAGED.map(({ name, countOnly }, index) => ({
          name,
          priority: RATES.length + index,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: {
              vendorName: 'AWS',
              name,
              ruleActionOverrides: countOnly.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
            },
          },
          visibilityConfig: visibility(name),
        })),
      ],
    });
    new CfnWebACLAssociation(this, 'Association', { webAclArn: acl.attrArn, resourceArn: stageArn });
  }
}
