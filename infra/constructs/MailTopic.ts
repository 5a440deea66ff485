import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { RECIPIENT_ATTRIBUTE } from '../../adapters/notify/snsMail.ts';
import { MESSAGES_NAME } from '../names.ts';
import type { Surroundings } from './WritFunction.ts';

/**
 * E-mail to people: one subscription for each of the directory's people who have an address, which lets through what is
 * addressed to them. Each confirms it once, by the mail that SNS sends them.
 */
export class MailTopic extends Construct {
  readonly topicArn: string;

  constructor(scope: Construct, id: string, { dataKey, bundle }: Surroundings) {
    super(scope, id);
    const topic = new Topic(this, 'Topic', {
      topicName: MESSAGES_NAME,
      displayName: 'Writ',
      masterKey: dataKey,
      enforceSSL: true,
    });
    this.topicArn = topic.topicArn;
    for (const { id: person, email } of bundle.directory.people) {
      if (email === undefined) continue;
      new CfnSubscription(this, person.replaceAll('/', '_'), {
        topicArn: topic.topicArn,
        protocol: 'email',
        endpoint: email,
        filterPolicy: { [RECIPIENT_ATTRIBUTE]: [person] },
      });
    }
  }
}
