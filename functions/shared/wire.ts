import type { GrantView } from '../../contract/schemas.ts';
import type { Decision } from '../../core/decision.ts';
import type { PrincipalRef } from '../../core/principal.ts';

/** Small parts that several views share. */

export const time = (at: number): string => new Date(at).toISOString();
export const person = ({ id, domain, subject }: PrincipalRef) => ({ id, domain, subject });

export const decisionView = (decision: Decision): GrantView['decision'] => ({
  outcome: decision.outcome,
  policies: decision.policies.map(({ id, effect }) => ({ id, effect })),
  reasons: [...decision.reasons],
  ...(decision.remediation !== undefined && { remediation: decision.remediation }),
  bundleSha256: decision.bundleSha256,
});
