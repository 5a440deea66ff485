import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * What no lent session may touch, whatever its entitlement says and whatever a resource's policy would allow: other
 * identities, Writ itself, and the ways by which either is deployed (I17, threats 5 and 6).
 */
export function selfProtection(targetAccount: string, brokerAccount: string): PolicyStatement[] {
  const deny = (sid: string, actions: string[], resources: string[], conditions = {}): PolicyStatement =>
    new PolicyStatement({ sid, effect: Effect.DENY, actions, resources, conditions });
  return [
    deny('NoOtherIdentity', ['sts:AssumeRole*', 'sts:TagSession', 'sts:SetSourceIdentity', 'iam:PassRole'], ['*']),
    deny(
      'NotWritsRolesNorThoseThatDeploy',
      ['iam:*'],
      [
        `arn:aws:iam::${targetAccount}:role/writ/*`,
        `arn:aws:iam::${targetAccount}:policy/writ/*`,
        `arn:aws:iam::${targetAccount}:role/cdk-*`,
      ],
    ),
    // A stack keeps the role that it was deployed with: whoever updates it acts as that role, without passing it.
    deny(
      'NotWritsStackNorTheBootstrap',
      ['cloudformation:*', 's3:*', 'ssm:*'],
      [
        `arn:aws:cloudformation:*:${targetAccount}:stack/WritTarget-*`,
        `arn:aws:cloudformation:*:${targetAccount}:stack/CDKToolkit/*`,
        `arn:aws:s3:::cdk-*-assets-${targetAccount}-*`,
        `arn:aws:ssm:*:${targetAccount}:parameter/cdk-bootstrap/*`,
      ],
    ),
    // Whoever breaks glass is not the one who turns its alarm off.
    deny(
      'NotWritsAlarms',
      ['cloudwatch:*', 'events:*', 'sns:*'],
      [
        `arn:aws:cloudwatch:*:${targetAccount}:alarm:writ-*`,
        `arn:aws:events:*:${targetAccount}:rule/writ-*`,
        `arn:aws:sns:*:${targetAccount}:writ-*`,
      ],
    ),
    // These name no topic, so there is no resource to tell Writ's by (service authorization reference of SNS).
    deny('NorWhoHearsThem', ['sns:Unsubscribe', 'sns:SetSubscriptionAttributes'], ['*']),
    deny('NothingInWritsAccount', ['*'], ['*'], { StringEquals: { 'aws:ResourceAccount': brokerAccount } }),
  ];
}
