import type { Decision, PolicyAction, Verdict } from '../decision.ts';
import type { Entitlement } from '../entitlement.ts';
import type { PolicyContext } from '../ports.ts';
import type { Caller, Deps } from './deps.ts';

/** The two ways to ask for time: for a grant, and for more of one. */
export type Asking = Extract<PolicyAction, 'request' | 'extend' | 'breakGlass'>;

/** May it be asked for, and does policy itself say yes, or must people? */
export function decideRequest(
  deps: Pick<Deps, 'engine' | 'clock'>,
  caller: Caller,
  entitlement: Entitlement,
  facts: Pick<PolicyContext, 'durationSeconds' | 'parameters' | 'ticket' | 'subject'>,
  action: Asking = 'request',
): Decision {
  const { bundle } = deps.engine;
  const context: PolicyContext = { ...facts, now: deps.clock(), sourceIp: caller.sourceIp };
  const ask = (question: PolicyAction): Verdict =>
    deps.engine.decide(caller.principal, question, { type: 'entitlement', entitlement }, context);

  const request = ask(action);
  if (!request.allowed) return decision('denied', [request], bundle.sha256);
  const auto = ask('autoApprove');
  if (auto.allowed) return decision('allowed', [request, auto], bundle.sha256);
  // An engine that failed on the second question has not said that people may decide (I13).
  if (auto.error !== undefined || entitlement.approvals === undefined) return decision('denied', [auto], bundle.sha256);
  return decision('needs_approval', [request, auto], bundle.sha256);
}

function decision(outcome: Decision['outcome'], verdicts: readonly Verdict[], bundleSha256: string): Decision {
  const remediation = outcome === 'allowed' ? undefined : verdicts.find((verdict) => verdict.remediation)?.remediation;
  return {
    outcome,
    policies: verdicts.flatMap((verdict) => verdict.policies),
    reasons: verdicts.flatMap((verdict) => verdict.reasons),
    ...(remediation !== undefined && { remediation }),
    bundleSha256,
  };
}
