import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { channelSecretName } from '../../adapters/notify/secretNames.ts';
import { ENV } from '../../functions/shared/env.ts';
import { NOTIFY_TIMEOUT } from '../constructs/MessageQueue.ts';
import { allow, allowItems, queueArn, secretArn, tableArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { MESSAGES_NAME } from '../names.ts';
import { BUNDLE, STORES } from './environment.ts';

export interface NotifierFunctionProps extends Surroundings {
  readonly publicUrl: string;
  readonly privateEndpoints: boolean;
  readonly messages: IQueue;
  readonly topicArn: string;
}

/** Tells people and systems. What comes within a few seconds is one message for each of them. */
export class NotifierFunction extends WritFunction<'notifier'> {
  constructor(scope: Construct, id: string, props: NotifierFunctionProps) {
    const { account, region, bundle } = props;
    const grants = tableArn(props, GRANTS_TABLE.name);
    const secrets = bundle.channels.map((channel) => secretArn(props, channelSecretName(channel.id)));
    super(scope, id, {
      ...props,
      duty: 'notifier',
      description: 'Writ: e-mail, chat and webhooks',
      memorySize: 512,
      timeout: NOTIFY_TIMEOUT,
      environment: {
        ...STORES,
        ...BUNDLE,
        [ENV.publicUrl]: props.publicUrl,
        [ENV.messagesTopic]: props.topicArn,
        [ENV.privateEndpoints]: props.privateEndpoints ? 'allow' : undefined,
      },
      statements: [
        allow(
          'Queue',
          ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
          queueArn(props, MESSAGES_NAME),
        ),
        useDataKey(props, 'receive'),
        allowItems('GrantsAndTold', ['dynamodb:GetItem', 'dynamodb:BatchGetItem'], grants, 'GRANT#*', 'ONCE#*'),
        allowItems('Tell', ['dynamodb:PutItem'], grants, 'ONCE#*'),
        useDataKey(props, 'writeTables'),
        allow('Mail', ['sns:Publish'], `arn:aws:sns:${region}:${account}:${MESSAGES_NAME}`),
        useDataKey(props, 'publish'),
        ...(secrets.length > 0
          ? [allow('Channels', ['secretsmanager:GetSecretValue'], ...secrets), useDataKey(props, 'readSecrets')]
          : []),
      ],
    });
    new EventSourceMapping(this, 'Events', {
      target: this.function,
      eventSourceArn: props.messages.queueArn,
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(5),
      reportBatchItemFailures: true,
    });
  }
}
