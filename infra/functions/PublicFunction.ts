import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ENV } from '../../functions/shared/env.ts';
import type { Surroundings } from '../constructs/WritFunction.ts';
import { WritFunction } from '../constructs/WritFunction.ts';
import { BUNDLE } from './environment.ts';

export interface PublicFunctionProps extends Surroundings {
  readonly publicUrl: string;
  /** @default - clients talk to AWS's own endpoints */
  readonly awsEndpointUrl?: string;
}

/** Answers whoever asks, without a token: liveness, configuration, the contract. It may do nothing on AWS. */
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
      },
      statements: [],
    });
  }
}
