import { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { administration, delegation, denial } from './keyPolicy.ts';
import { SIGNING_PINS } from './signingPins.ts';

/** Each way to sign that Writ uses, with its kind of key and what KMS calls it (`signingPins.ts`). */
const SPECS = { ES256: KeySpec.ECC_NIST_P256, Ed25519: KeySpec.ECC_NIST_EDWARDS25519 } as const;

export interface SigningKeyProps {
  /** Without the `alias/` prefix. */
  readonly alias: string;
  readonly description: string;
  readonly algorithm: keyof typeof SPECS;
  /** The one role that may sign. It need not exist yet: it is named, not looked up. */
  readonly signerRoleArn: string;
  readonly multiRegion?: boolean;
}

/**
 * An asymmetric key that one role may sign with, by one algorithm. Everyone else is denied in the key's own policy,
 * and so are grants, which would get around it (threat 26). Asymmetric keys don't rotate by themselves: a new key gets
 * a new `kid`, and both are published for a while.
 */
export class SigningKey extends Construct {
  readonly key: Key;

  constructor(scope: Construct, id: string, props: SigningKeyProps) {
    super(scope, id);
    const pinned = SIGNING_PINS[props.algorithm];
    this.key = new Key(this, 'Key', {
      alias: props.alias,
      description: props.description,
      keySpec: SPECS[props.algorithm],
      keyUsage: KeyUsage.SIGN_VERIFY,
      multiRegion: props.multiRegion ?? false,
      removalPolicy: RemovalPolicy.RETAIN,
      policy: new PolicyDocument({
        statements: [
          administration(),
          delegation('OneRoleSigns', ['kms:Sign'], {
            ArnEquals: { 'aws:PrincipalArn': props.signerRoleArn },
            StringEquals: pinned,
          }),
          denial('NobodyElseSigns', ['kms:Sign'], { ArnNotEquals: { 'aws:PrincipalArn': props.signerRoleArn } }),
          ...Object.entries(pinned).map(([key, value]) =>
            denial(`Only${value.replaceAll('_', '')}`, ['kms:Sign'], { StringNotEquals: { [key]: value } }),
          ),
          denial('NoGrants', ['kms:CreateGrant']),
        ],
      }),
    });
  }
}
