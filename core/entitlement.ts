import type { TokenTerms } from './delegation.ts';
import type { AuthorizationDetail } from './oauth/authorizationDetails.ts';
import type { ParameterSpecs, Parameters } from './parameters.ts';
import { fill } from './parameters.ts';
import type { Domain } from './principal.ts';
import type { Scope } from './scope.ts';
import type { Window } from './window.ts';

export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export type Risk = (typeof RISKS)[number];

/** Shortest grant, in seconds. */
export const MIN_DURATION_SECONDS = 5;
/** Longest lead for a scheduled start, in seconds. */
export const MAX_LEAD_SECONDS = 30 * 24 * 3600;

/** What sort of data it lets the holder see, worst first in `secret`. */
export const DATA_CLASSES = ['none', 'internal', 'personal', 'secret'] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

interface Common {
  /** Also the last part of the lent role's name: `/writ/lend/writ-<id>`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** What it lets the holder do, in plain words, for the person who asks and the person who decides. */
  readonly consequences: readonly string[];
  readonly project: string;
  readonly domains: readonly Domain[];
  readonly risk: Risk;
  readonly dataClass: DataClass;
  /** The group that answers for it. */
  readonly owner: string;
  readonly ceiling: Scope;
  readonly parameters: ParameterSpecs;
  readonly limits: {
    readonly maxDurationSeconds: number;
    /** With all extensions, from activation to the end. @default maxDurationSeconds */
    readonly maxTotalSeconds?: number;
    /** Sessions ever issued under one grant, renewals included. */
    readonly maxSessions: number;
    /** Uses of all its tokens together, spent at `consume`; the grant is complete when none is left. @default not counted */
    readonly maxUses?: number;
  };
  /** Held only within these; without them, at any time. */
  readonly windows?: readonly Window[];
  /** Name of an approval chain; without one, nobody can be asked. */
  readonly approvals?: string;
  /** `YYYY-MM-DD`: the owner looks at it again by then. */
  readonly reviewBy: string;
}

/**
 * May be taken by a sealed key, when the identity provider or the approvers can't be reached. Policy says whether one
 * person suffices (`autoApprove`) or a second must sign too (the approval chain).
 */
export interface BreakGlass {
  /** Alarms repeat this often until the use has been reviewed. */
  readonly alarmEverySeconds: number;
}

/** A role in a target account. */
export interface AwsEntitlement extends Common {
  readonly kind: 'aws';
  /** Name of a target account in the bundle. */
  readonly target: string;
  readonly console: boolean;
  readonly breakGlass?: BreakGlass;
}

/** Acting for somebody, on named operations of one audience: `ceiling` lists them, with the audience as resource. */
export interface ImpersonationEntitlement extends Common {
  readonly kind: 'impersonation';
  /** The resource server that takes it; an absolute URI. */
  readonly audience: string;
  /** Whom one may act for. */
  readonly subjectDomain: Domain;
  /** Neither refreshed, nor lent on, nor borne by whoever finds it. */
  readonly terms: TokenTerms & { readonly refresh: false; readonly bearer: false; readonly maxDepth: 0 };
}

/**
 * Delegation tokens for resource servers: `ceiling` lists scopes as actions, and the audiences that understand them as
 * resources.
 */
export interface TokenEntitlement extends Common {
  readonly kind: 'token';
  readonly terms: TokenTerms;
  /** Templates, filled in like the ceiling's (RFC 9396). */
  readonly authorizationDetails: readonly AuthorizationDetail[];
}

/**
 * What may be lent, from the catalogue. `ceiling` holds templates: `{account}`, `{region}` and parameter names in
 * braces are filled in for each grant.
 */
export type Entitlement = AwsEntitlement | ImpersonationEntitlement | TokenEntitlement;

/** What is lent by tokens and not by an AWS role. */
export type TokenKind = Exclude<Entitlement, AwsEntitlement>;

/** A target account of the catalogue, bound to a real one by deployment context. */
export interface Target {
  readonly account: string;
  readonly region: string;
  readonly externalId: string;
}

/** Where it lends; undefined for what is no AWS role, and for a target that the bundle has no longer. */
export const targetOf = (entitlement: Entitlement, targets: Readonly<Record<string, Target>>): Target | undefined =>
  entitlement.kind === 'aws' ? targets[entitlement.target] : undefined;

/** The ceiling with its templates filled in. Leading keys and ARNs come from checked parameters only. */
export function ceilingOf(entitlement: Entitlement, target: Target | undefined, parameters: Parameters): Scope {
  const values = { ...parameters, ...(target && { account: target.account, region: target.region }) };
  return entitlement.ceiling.map((line) => ({
    actions: line.actions,
    resources: line.resources.map((resource) => fill(resource, values)),
    ...(line.leadingKeys && { leadingKeys: line.leadingKeys.map((key) => fill(key, values)) }),
  }));
}

export const LENT_ROLE_PATH = '/writ/lend/';
export const lentRoleName = (entitlementId: string): string => `writ-${entitlementId}`;

export function lentRoleArn(entitlement: Entitlement, target: Target): string {
  return `arn:aws:iam::${target.account}:role${LENT_ROLE_PATH}${lentRoleName(entitlement.id)}`;
}

/** How long a grant may last with all its extensions, in seconds. */
export const longestOf = ({ limits }: Entitlement): number => limits.maxTotalSeconds ?? limits.maxDurationSeconds;
