import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { rotatingSecrets } from '../../adapters/notify/secretNames.ts';
import { allow, secretArn, useDataKey } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';

/** Gives signing keys successors: the one function that writes secrets, and only those. */
export class RotationFunction extends WritFunction<'rotation'> {
  constructor(scope: Construct, id: string, props: Surroundings) {
    const secrets = rotatingSecrets(props.bundle.channels).map((name) => secretArn(props, name));
    super(scope, id, {
      ...props,
      duty: 'rotation',
      description: 'Writ: signing keys in secrets, made anew',
      memorySize: 256,
      timeout: Duration.seconds(30),
      environment: {},
      statements: [
        allow(
          'Rotate',
          [
            'secretsmanager:DescribeSecret',
            'secretsmanager:GetSecretValue',
            'secretsmanager:PutSecretValue',
            'secretsmanager:UpdateSecretVersionStage',
          ],
          ...secrets,
        ),
        useDataKey(props, 'writeSecrets'),
      ],
    });
  }
}
