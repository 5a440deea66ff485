/**
 * Resource types that do nothing on a laptop, each with the reason. What is not here and has no handler is an error:
 * nothing that the system relies on can be left out by oversight.
 */
import { physicalId, physicalName } from '../deploy/resource.ts';
import type { Deploy, ResourceContext } from '../deploy/resource.ts';

const REASONS = {
  'AWS::CDK::Metadata': 'tells AWS which constructs were used',
  'AWS::Logs::LogGroup': 'logs go to files',
  'AWS::Logs::MetricFilter': 'there are no metrics on a laptop',
  'AWS::Logs::ResourcePolicy': 'logs go to files',
  'AWS::CloudWatch::Alarm': 'there are no metrics on a laptop',
  'AWS::CloudWatch::CompositeAlarm': 'there are no metrics on a laptop',
  'AWS::CloudWatch::Dashboard': 'there are no metrics on a laptop',
  'AWS::WAFv2::WebACL': 'the gateway listens on loopback only',
  'AWS::WAFv2::WebACLAssociation': 'the gateway listens on loopback only',
  'AWS::WAFv2::LoggingConfiguration': 'the gateway listens on loopback only',
  'AWS::ApiGateway::Account': 'lets API Gateway write logs, which go to files',
  'AWS::ApiGateway::UsagePlan': 'a laptop throttles nobody',
  'AWS::Lambda::CodeSigningConfig': 'the bundles run from where they were built',
  'AWS::Signer::SigningProfile': 'the bundles run from where they were built',
  'AWS::Lambda::Version': 'a laptop runs the one version that was built',
  'AWS::S3::Bucket': 'only access logs are kept in buckets',
  'AWS::S3::BucketPolicy': 'only access logs are kept in buckets',
  'AWS::Budgets::Budget': 'a laptop costs nothing',
} as const satisfies Record<string, string>;

/** Attributes that other resources may ask for. Nothing looks behind them. */
function attributesOf(context: ResourceContext, type: string): Record<string, string> {
  const [, service = '', kind = ''] = type.split('::');
  const arn = `arn:aws:${service.toLowerCase()}:${context.region}:${context.accountId}:${kind}/${physicalName(context)}`;
  return { Arn: arn, TopicArn: arn, CodeSigningConfigArn: arn, ProfileVersionArn: arn, Id: physicalId(context, 12) };
}

const entry = (type: string): readonly [string, Deploy] => [
  type,
  async (_properties, context) => ({ ref: physicalName(context), attributes: attributesOf(context, type) }),
];

export const NO_EFFECT: Readonly<Record<string, Deploy>> = Object.fromEntries(Object.keys(REASONS).map(entry));
