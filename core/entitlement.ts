import type { ParameterSpecs, Parameters } from './parameters.ts';
import { fill } from './parameters.ts';
import type { Domain } from './principal.ts';
import type { Scope } from './scope.ts';

export const RISKS = ['low', 'medium', 'high', 'critical'] as const;
export type Risk = (typeof RISKS)[number];

/** Shortest grant, in seconds. */
export const MIN_DURATION_SECONDS = 5;
/** Longest lead for a scheduled start, in seconds. */
export const MAX_LEAD_SECONDS = 30 * 24 * 3600;

/**
 * What may be lent, from the catalogue. `ceiling` holds templates: `{account}`, `{region}` and parameter names in
 * braces are filled in for each grant.
 */
export interface Entitlement {
  /** Also the last part of the lent role's name: `/writ/lend/writ-<id>`. */
  readonly id: string;
  readonly kind: 'aws';
  readonly title: string;
  readonly description: string;
  /** What it lets the holder do, in plain words, for the person who asks and the person who decides. */
  readonly consequences: readonly string[];
  readonly project: string;
  readonly domains: readonly Domain[];
  readonly risk: Risk;
  /** The group that answers for it. */
  readonly owner: string;
  /** Name of a target account in the bundle. */
  readonly target: string;
  readonly ceiling: Scope;
  readonly parameters: ParameterSpecs;
  readonly limits: {
    readonly maxDurationSeconds: number;
    /** Sessions ever issued under one grant, renewals included. */
    readonly maxSessions: number;
  };
  readonly console: boolean;
  /** Name of an approval chain; without one, nobody can be asked. */
  readonly approvals?: string;
  /** `YYYY-MM-DD`: the owner looks at it again by then. */
  readonly reviewBy: string;
}

/** A target account of the catalogue, bound to a real one by deployment context. */
export interface Target {
  readonly account: string;
  readonly region: string;
  readonly externalId: string;
}

/** The ceiling with its templates filled in. Leading keys and ARNs come from checked parameters only. */
export function ceilingOf(entitlement: Entitlement, target: Target, parameters: Parameters): Scope {
  const values = { ...parameters, account: target.account, region: target.region };
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
