import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../../functions/shared/env.ts';
import { publicHalves } from '../constructs/statements.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import type { SigningKeys } from '../stacks/KeysStack.ts';
import { BUNDLE, snapshotKeysOf, tokenKeyList, tokenKeysOf } from './environment.ts';

export interface PublicFunctionProps extends Surroundings {
  readonly publicUrl: string;
  /** @default - clients talk to AWS's own endpoints */
  readonly awsEndpointUrl?: string;
  readonly signingKeys: SigningKeys;
}

/** Answers whoever asks, without a token: liveness, configuration, the contract, the public keys. It reads nothing else. */
export class PublicFunction extends WritFunction<'public'> {
  constructor(scope: Construct, id: string, props: PublicFunctionProps) {
    super(scope, id, {
      ...props,
      duty: 'public',
      description: 'Writ: what anyone may know',
      memorySize: 512,
      timeout: Duration.seconds(5),
      environment: {
        ...BUNDLE,
        [ENV.publicUrl]: props.publicUrl,
        [ENV.shownAwsEndpointUrl]: props.awsEndpointUrl,
        ...tokenKeysOf(props.signingKeys),
        ...snapshotKeysOf(props.signingKeys),
      },
      statements: [publicHalves('PublicKeys', [...tokenKeyList(props.signingKeys), ...props.signingKeys.snapshot])],
    });
  }
}
