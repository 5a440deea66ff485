import type { Duration } from 'aws-cdk-lib';
import { AssetHashType, BundlingOutput, DockerImage, Validations } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ICodeSigningConfig } from 'aws-cdk-lib/aws-lambda';
import { Architecture, Code, Function, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { Duty, FUNCTION_ENV } from '../../functions/shared/env.ts';
import { ENV } from '../../functions/shared/env.ts';
import { BROKER_ROLE_PATH, brokerRoleName, functionName } from '../names.ts';
import type { AlarmTopic } from './AlarmTopic.ts';
import { ALARM_PERIOD } from './AlarmTopic.ts';
import { buildHandler, sourceOf } from './buildHandler.ts';
import { EncryptedLogGroup } from './EncryptedLogGroup.ts';
import { allow, type Place } from './statements.ts';

/** What all functions of a stack share. */
export interface Surroundings extends Place {
  readonly bundle: PolicyBundle;
  readonly alarms: AlarmTopic;
  /** @default - unsigned code is taken */
  readonly codeSigning?: ICodeSigningConfig;
}

export interface WritFunctionProps<D extends Duty> extends Surroundings {
  readonly duty: D;
  readonly description: string;
  /** A value for every variable of the duty's row in `functions/shared/env.ts`, and for no other; undefined: not set. */
  readonly environment: Readonly<Record<(typeof FUNCTION_ENV)[D][number], string | undefined>>;
  /** What the duty may do, besides writing its own log and traces. */
  readonly statements: readonly PolicyStatement[];
  readonly timeout: Duration;
  /** MB. At 1,769 MB a function has one whole processor. @default 1769 */
  readonly memorySize?: number;
  /** Whether the function decides by Cedar. @default false */
  readonly cedar?: boolean;
  /** @default - as many as the account allows */
  readonly reservedConcurrency?: number;
  /** For functions that are invoked asynchronously: takes the event when all attempts have failed. */
  readonly deadLetterQueue?: IQueue;
}

/**
 * One duty, one function, one role. The role's one policy is written here and nowhere else: constructs that would add
 * to it are given a role that can't change.
 */
export class WritFunction<D extends Duty = Duty> extends Construct {
  readonly function: Function;
  readonly roleArn: string;

  constructor(scope: Construct, id: string, props: WritFunctionProps<D>) {
    super(scope, id);
    const { duty, alarms, account, region } = props;
    const name = functionName(duty);
    const logGroup = new EncryptedLogGroup(this, 'Log', { name: `/aws/lambda/${name}`, dataKey: props.dataKey });
    const streams = `arn:aws:logs:${region}:${account}:log-group:/aws/lambda/${name}:log-stream:*`;
    const role = new Role(this, 'Role', {
      path: BROKER_ROLE_PATH,
      roleName: brokerRoleName(duty),
      description: props.description,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        Duty: new PolicyDocument({
          statements: [
            ...props.statements,
            allow('OwnLog', ['logs:CreateLogStream', 'logs:PutLogEvents'], streams),
            allow('Traces', ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*'),
          ],
        }),
      },
    });
    Validations.of(role).acknowledge(
      {
        id: `AwsSolutions-IAM5[Resource::${streams}]`,
        reason: 'Lambda names the streams of a log group, one per environment; the group is the function’s own.',
      },
      { id: 'AwsSolutions-IAM5[Resource::*]', reason: 'X-Ray’s two writing actions take no resource.' },
    );
    this.roleArn = role.roleArn;
    this.function = new Function(this, 'Function', {
      functionName: name,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: codeOf(props),
      role: role.withoutPolicyUpdates(),
      environment: defined(props.environment),
      timeout: props.timeout,
      memorySize: props.memorySize ?? 1769,
      tracing: Tracing.ACTIVE,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...(props.deadLetterQueue && { deadLetterQueue: props.deadLetterQueue }),
      ...(props.codeSigning && { codeSigningConfig: props.codeSigning }),
    });
    alarms.watch(this, 'Errors', {
      description: `${name} failed. Its log group /aws/lambda/${name} says why.`,
      metric: this.function.metricErrors({ period: ALARM_PERIOD }),
    });
    alarms.watch(this, 'Throttles', {
      description: `${name} was throttled: the account’s concurrency, or the function’s own, is used up.`,
      metric: this.function.metricThrottles({ period: ALARM_PERIOD }),
    });
  }
}

/** Built straight into the assembly; the CDK asks for it only where a stack is really synthesized. */
function codeOf({ duty, bundle, environment, cedar }: WritFunctionProps<Duty>): Code {
  const files = { ...(ENV.bundlePath in environment && { bundle }), ...(cedar === true && { cedar }) };
  return Code.fromAsset(sourceOf(duty), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('none'), // the API wants one; the local build below never gives way to it
      outputType: BundlingOutput.NOT_ARCHIVED,
      local: {
        tryBundle(directory) {
          buildHandler(duty, directory, files);
          return true;
        },
      },
    },
  });
}

const defined = (environment: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));
