import type { StackProps } from 'aws-cdk-lib';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnCodeSigningConfig, CodeSigningConfig, type ICodeSigningConfig } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { AlarmTopic } from '../constructs/AlarmTopic.ts';
import { Api } from '../constructs/Api.ts';
import { RevocationQueue } from '../constructs/RevocationQueue.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import type { WritContext } from '../context.ts';
import { ApprovalWorkflow } from '../constructs/ApprovalWorkflow.ts';
import { CallbacksFunction } from '../functions/CallbacksFunction.ts';
import { HeraldFunction } from '../functions/HeraldFunction.ts';
import { NotifierFunction } from '../functions/NotifierFunction.ts';
import { RotationFunction } from '../functions/RotationFunction.ts';
import { ChannelSecrets } from '../constructs/ChannelSecrets.ts';
import { Events } from '../constructs/Events.ts';
import { MailTopic } from '../constructs/MailTopic.ts';
import { MessageQueue } from '../constructs/MessageQueue.ts';
import { ApprovalsFunction } from '../functions/ApprovalsFunction.ts';
import { AuditFunction } from '../functions/AuditFunction.ts';
import { AwsSessionFunction } from '../functions/AwsSessionFunction.ts';
import { BreakGlassFunction } from '../functions/BreakGlassFunction.ts';
import { EnforcerFunction } from '../functions/EnforcerFunction.ts';
import { GrantsFunction } from '../functions/GrantsFunction.ts';
import { KeysFunction } from '../functions/KeysFunction.ts';
import { PublicFunction } from '../functions/PublicFunction.ts';
import { RelayFunction } from '../functions/RelayFunction.ts';
import { ResourcesFunction } from '../functions/ResourcesFunction.ts';
import { SnapshotFunction } from '../functions/SnapshotFunction.ts';
import { SweeperFunction } from '../functions/SweeperFunction.ts';
import { TokenFunction } from '../functions/TokenFunction.ts';
import { WorkflowRules } from '../constructs/WorkflowRules.ts';
import { WorkflowFunction } from '../functions/WorkflowFunction.ts';
import type { SigningKeys } from './KeysStack.ts';

export interface BrokerStackProps extends StackProps {
  readonly context: WritContext;
  readonly dataKey: IKey;
  readonly signingKeys: SigningKeys;
  readonly grantsStreamArn: string;
  readonly auditStreamArn: string;
}

/** The API and the functions behind it; the path that a revocation takes; the alarms. It holds no data. */
export class BrokerStack extends Stack {
  constructor(scope: Construct, id: string, { context, dataKey, ...rest }: BrokerStackProps) {
    const { signingKeys, grantsStreamArn, auditStreamArn, ...props } = rest;
    super(scope, id, props);
    const { account, region, bundle, email, mutualTls } = context;
    const alarms = new AlarmTopic(this, 'Alarms', { account, dataKey, ...(email !== undefined && { email }) });
    const codeSigning = codeSigningOf(this, context.signingProfileArn);
    const around: Surroundings = { account, region, dataKey, bundle, alarms, ...(codeSigning && { codeSigning }) };

    const api = new Api(this, 'Api', { ...around, ...(mutualTls && { mutualTls }) });
    const publicUrl = context.publicUrl ?? api.url;
    const session = new AwsSessionFunction(this, 'AwsSession', { ...around, ...context, publicUrl });
    const tokens = { ...around, publicUrl, signingKeys };
    api.addRoutes({
      public: new PublicFunction(this, 'Public', { ...around, ...context, publicUrl, signingKeys }).function,
      grants: new GrantsFunction(this, 'GrantsFn', { ...around, publicUrl }).function,
      approvals: new ApprovalsFunction(this, 'ApprovalsFn', { ...around, ...context, publicUrl }).function,
      breakglass: new BreakGlassFunction(this, 'BreakGlass', { ...around, publicUrl }).function,
      'aws-session': session.function,
      audit: new AuditFunction(this, 'Audit', { ...around, publicUrl }).function,
      callbacks: new CallbacksFunction(this, 'Callbacks', { ...around, publicUrl }).function,
      token: new TokenFunction(this, 'Token', tokens).function,
      resources: new ResourcesFunction(this, 'Resources', tokens).function,
      keys: new KeysFunction(this, 'SigningKeys', tokens).function,
    });
    new SnapshotFunction(this, 'Snapshot', { ...tokens, grantsStreamArn });

    const events = new Events(this, 'Events', around);
    new HeraldFunction(this, 'Herald', { ...around, auditStreamArn, busName: events.bus.eventBusName });
    const { queue: messages } = new MessageQueue(this, 'Messages', { ...around, events });
    const { topicArn } = new MailTopic(this, 'Mail', around);
    new NotifierFunction(this, 'Notifier', { ...around, ...context, publicUrl, messages, topicArn });
    const rotation = new RotationFunction(this, 'Rotation', around);
    new ChannelSecrets(this, 'Secrets', { ...around, rotation: rotation.function });

    const steps = new WorkflowFunction(this, 'Workflow', around);
    new ApprovalWorkflow(this, 'Approvals', around);
    new WorkflowRules(this, 'WorkflowRules', { ...around, events, steps: steps.function, dead: steps.dead });

    const { queue } = new RevocationQueue(this, 'Revocations', around);
    const revocationQueueUrl = queue.queueUrl;
    new SweeperFunction(this, 'Sweeper', { ...around, revocationQueueUrl });
    new RelayFunction(this, 'Relay', { ...around, revocationQueueUrl, grantsStreamArn });
    new EnforcerFunction(this, 'Enforcer', { ...around, revocationQueue: queue });

    new CfnOutput(this, 'ApiUrl', {
      value: api.url,
      description: 'The API. Clients use publicUrl, where one is given',
    });
    new CfnOutput(this, 'BundleSha256', { value: bundle.sha256, description: 'The policy bundle that decides' });
  }
}

/** Only code that the profile signed is taken, now and in later updates. */
function codeSigningOf(scope: Construct, profileVersionArn: string | undefined): ICodeSigningConfig | undefined {
  if (profileVersionArn === undefined) return undefined;
  const config = new CfnCodeSigningConfig(scope, 'CodeSigning', {
    description: 'Writ: its functions',
    allowedPublishers: { signingProfileVersionArns: [profileVersionArn] },
    codeSigningPolicies: { untrustedArtifactOnDeployment: 'Enforce' },
  });
  return CodeSigningConfig.fromCodeSigningConfigArn(scope, 'CodeSigningOfFunctions', config.ref);
}
