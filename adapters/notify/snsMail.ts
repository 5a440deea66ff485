import type { SNSClient } from '@aws-sdk/client-sns';
import { PublishCommand } from '@aws-sdk/client-sns';
import type { Mail } from '../../core/messages/mail.ts';
import type { PrincipalId } from '../../core/principal.ts';

/** By which each subscription of the topic knows its own mails. */
export const RECIPIENT_ATTRIBUTE = 'recipient';

export type SendMail = (recipient: PrincipalId, mail: Mail) => Promise<void>;

/** E-mail by one SNS topic: each person's subscription lets through what is addressed to them. */
export const createSnsMail =
  ({ client, topicArn }: { readonly client: SNSClient; readonly topicArn: string }): SendMail =>
  async (recipient, { subject, text }) => {
    await client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: subject,
        Message: text,
        MessageAttributes: { [RECIPIENT_ATTRIBUTE]: { DataType: 'String', StringValue: recipient } },
      }),
    );
  };
