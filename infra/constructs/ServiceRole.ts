import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Service } from '../names.ts';
import { BROKER_ROLE_PATH, brokerRoleName } from '../names.ts';

export interface ServiceRoleProps {
  readonly service: Service;
  /** Host name of the service, as a principal. */
  readonly assumedBy: string;
  readonly description: string;
  readonly account: string;
  /** What the service may take the role for. */
  readonly sourceArn: string;
  readonly statements: readonly PolicyStatement[];
}

/**
 * A role that an AWS service takes for one thing of this account's, and for nobody else's.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export class ServiceRole extends Role {
  constructor(scope: Construct, id: string, props: ServiceRoleProps) {
    super(scope, id, {
      path: BROKER_ROLE_PATH,
      roleName: brokerRoleName(props.service),
      description: props.description,
      assumedBy: new ServicePrincipal(props.assumedBy, {
        conditions: {
          StringEquals: { 'aws:SourceAccount': props.account },
          ArnEquals: { 'aws:SourceArn': props.sourceArn },
        },
      }),
      inlinePolicies: { Duty: new PolicyDocument({ statements: [...props.statements] }) },
    });
  }
}
