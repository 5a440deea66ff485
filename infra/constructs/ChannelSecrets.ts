import { Validations } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import { CfnRotationSchedule, CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import {
  CHAT_SIGNING_SECRET,
  rotatingSecrets,
  channelSecretName,
  DPOP_NONCE_SECRET,
  TICKETS_SECRET,
} from '../../adapters/notify/secretNames.ts';
import type { Surroundings } from './WritFunction.ts';

/** Days between two rotations of a signing key. */
const ROTATE_EVERY_DAYS = 30;

export interface ChannelSecretsProps extends Surroundings {
  readonly rotation: Function;
}

/**
 * What channels, the chat workspace and the ticket system share with Writ, and what instances of the token function
 * share with each other. The stack makes each with a random key and no URL; the operator sets the URL, and the chat
 * workspace's signing secret, which only the workspace can make anew.
 */
export class ChannelSecrets extends Construct {
  constructor(scope: Construct, id: string, { account, dataKey, bundle, rotation }: ChannelSecretsProps) {
    super(scope, id);
    const rotating = rotatingSecrets(bundle.channels);
    const permission = new Construct(this, 'MayRotate');
    rotation.addPermission('SecretsManager', {
      principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
      sourceAccount: account,
      scope: permission,
    });

    const add = (name: string, description: string, secretStringTemplate: string, generateStringKey: string) => {
      const secret = new CfnSecret(this, name.replaceAll('/', '-'), {
        name,
        description,
        kmsKeyId: dataKey.keyArn,
        generateSecretString: { secretStringTemplate, generateStringKey, passwordLength: 43, excludePunctuation: true },
      });
      if (!rotating.includes(name)) {
        Validations.of(secret).acknowledge({
          id: 'AwsSolutions-SMG4',
          reason:
            'The chat service makes its URL and secret; its operator replaces them there and here. See docs/notifications.md.',
        });
        return;
      }
      const schedule = new CfnRotationSchedule(this, `${name.replaceAll('/', '-')}-rotation`, {
        secretId: secret.ref,
        rotationLambdaArn: rotation.functionArn,
        rotationRules: { automaticallyAfterDays: ROTATE_EVERY_DAYS },
        rotateImmediatelyOnUpdate: false,
      });
      schedule.node.addDependency(permission);
    };
    for (const { id: channel } of bundle.channels) {
      add(channelSecretName(channel), `Writ: the channel ${channel}`, '{"url":""}', 'signingKey');
    }
    add(TICKETS_SECRET, 'Writ: the ticket system', '{"url":""}', 'signingKey');
    add(DPOP_NONCE_SECRET, 'Writ: nonces of DPoP proofs', '{}', 'signingKey');
    add(CHAT_SIGNING_SECRET, 'Writ: what the chat workspace signs with', '{}', 'signingSecret');
  }
}
