import type { Question } from '../approval.ts';
import type { PolicyBundle } from '../bundle.ts';
import type { Entitlement } from '../entitlement.ts';
import { longestOf } from '../entitlement.ts';
import { pendingExtension, questionOf } from '../extension.ts';
import type { Grant, GrantRequest } from '../grant.ts';
import type { Panel } from '../tally.ts';
import { tally } from '../tally.ts';
import type { Standing } from '../approval.ts';
import type { Beginning } from '../transitions.ts';
import { nextWindow, windowEnd } from '../window.ts';

export const entitlementOf = (bundle: PolicyBundle, id: string): Entitlement | undefined =>
  bundle.catalogue.find((candidate) => candidate.id === id);

/** Whom the bundle in force asks about a grant's open question; undefined when it asks nobody any more. */
export function panelFor(bundle: PolicyBundle, grant: Grant): Panel | undefined {
  const panel = panelOf(bundle, grant.request);
  const actors = grant.state.status === 'active' ? pendingExtension(grant)?.actors : undefined;
  return panel && actors ? { ...panel, requesters: [...panel.requesters, ...actors] } : panel;
}

/** Whom the bundle in force asks about a request; undefined when it asks nobody any more. */
export function panelOf(bundle: PolicyBundle, request: GrantRequest): Panel | undefined {
  const entitlement = entitlementOf(bundle, request.entitlement);
  const chain = bundle.chains.find((candidate) => candidate.id === entitlement?.approvals);
  if (!entitlement || !chain) return undefined;
  return {
    chain,
    directory: bundle.directory,
    asked: { entitlement, ...(request.subject !== undefined && { subject: request.subject }) },
    requesters: [request.requester, ...(request.actors ?? [])],
    bundleSha256: bundle.sha256,
  };
}

/** The question that people are asked about a grant now: its request, or an extension. */
export function openQuestion(grant: Grant): (Question & { readonly about: 'request' | 'extension' }) | undefined {
  const { state, requestSha256, decision, approvals } = grant;
  if (state.status === 'pending') {
    const { stage, stageSince, lapsesAt } = state;
    const asked = { requestSha256, bundleSha256: decision.bundleSha256, approvals };
    return { about: 'request', stage, stageSince, lapsesAt, ...asked };
  }
  const extension = state.status === 'active' ? pendingExtension(grant) : undefined;
  return extension && { about: 'extension', ...questionOf(extension) };
}

/**
 * Where a question stands after its approvals changed: at the same stage with the same deadline, or at another that
 * begins now; undefined when all have agreed.
 *
 * @param until when the answer would come too late: epoch milliseconds
 */
export function standingAfter(panel: Panel, question: Question, now: number, until: number): Standing | undefined {
  const count = tally(panel, question);
  if (count.result === 'agreed') return undefined;
  if (count.stage === question.stage) {
    return { stage: question.stage, stageSince: question.stageSince, lapsesAt: question.lapsesAt };
  }
  return standingAt(panel, count.stage, now, until);
}

/** A stage as it begins now. */
export function standingAt({ chain }: Panel, stage: number, now: number, until: number): Standing {
  const timeoutSeconds = chain.stages[stage]?.timeoutSeconds ?? 0;
  return { stage, stageSince: now, lapsesAt: Math.min(now + timeoutSeconds * 1000, until) };
}

/** Once a wished-for time is over, nobody needs to decide any more. */
export const tooLateAt = ({ startsAt, durationSeconds }: GrantRequest): number =>
  startsAt === undefined ? Number.POSITIVE_INFINITY : startsAt + durationSeconds * 1000;

/** When an answer to the open question comes too late: the end of the wished-for time, or of the grant to be extended. */
export const answerBy = ({ state, request }: Grant): number =>
  state.status === 'active' ? state.expiresAt : tooLateAt(request);

/** When a request that is allowed now begins: at its start, and where it may only be held in windows, within one. */
export function beginningOf(entitlement: Entitlement, request: GrantRequest, now: number): Beginning | undefined {
  const earliest = Math.max(now, request.startsAt ?? now);
  const { windows } = entitlement;
  if (!windows) return { startsAt: earliest };
  const startsAt = nextWindow(windows, earliest);
  const endsBy = startsAt === undefined ? undefined : windowEnd(windows, startsAt);
  return startsAt === undefined || endsBy === undefined ? undefined : { startsAt, endsBy };
}

/**
 * The latest expiry that extensions may reach: the entitlement's longest, the window that is open now, and what somebody
 * else than the holder left of the grant. Where the entitlement has windows and none is open, nothing.
 */
export function extensionLimit(
  entitlement: Entitlement,
  { activatedAt, notAfter = Number.POSITIVE_INFINITY }: { readonly activatedAt: number; readonly notAfter?: number },
  now: number,
): number {
  const longest = activatedAt + longestOf(entitlement) * 1000;
  const closes = entitlement.windows ? (windowEnd(entitlement.windows, now) ?? now) : Number.POSITIVE_INFINITY;
  return Math.min(longest, closes, notAfter);
}
