import { ArnPrincipal, PolicyStatement, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Entitlement, Target } from '../../core/entitlement.ts';

/** The session tags of a loan: ids only. */
const TAG_KEYS = ['writ:grant', 'writ:entitlement', 'writ:requester'] as const;

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/**
 * Who may take a lent role, and how: the one broker role, in the form in which Writ lends and in no other. STS decides
 * AssumeRole, TagSession and SetSourceIdentity apart, and the last two only where tags or an identity are given; so
 * AssumeRole itself asks that both are there. `ForAllValues` is true for no values: `Null` keeps that out
 * (threats 1, 8, 9 and 41).
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
 */
export function lentTrust(
  broker: string,
  { id }: Entitlement,
  { externalId }: Target,
): { readonly assumedBy: IPrincipal; readonly besides: readonly PolicyStatement[] } {
  const tags: Conditions = {
    'ForAllValues:StringEquals': { 'aws:TagKeys': TAG_KEYS },
    StringEquals: { 'aws:RequestTag/writ:entitlement': id },
    Null: {
      ...Object.fromEntries(TAG_KEYS.map((key) => [`aws:RequestTag/${key}`, 'false'])),
      // No tag goes on to a further session.
      'sts:TransitiveTagKeys': 'true',
    },
  };
  const identity: Conditions = { StringLike: { 'sts:SourceIdentity': 'writ-*' } };
  const principal = new ArnPrincipal(broker);
  return {
    assumedBy: principal.withConditions({
      ...tags,
      StringEquals: { ...tags['StringEquals'], 'sts:ExternalId': externalId },
      StringLike: { ...identity['StringLike'], 'sts:RoleSessionName': 'ses_*' },
    }),
    besides: [
      new PolicyStatement({ principals: [principal], actions: ['sts:TagSession'], conditions: tags }),
      new PolicyStatement({ principals: [principal], actions: ['sts:SetSourceIdentity'], conditions: identity }),
    ],
  };
}
