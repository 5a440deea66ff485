import type { EntitlementView, GrantView, LeafView, MeView } from '../../contract/schemas.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { Decision } from '../../core/decision.ts';
import { MIN_DURATION_SECONDS } from '../../core/entitlement.ts';
import type { Grant } from '../../core/grant.ts';
import type { Leaf } from '../../core/leaf.ts';
import type { Principal, PrincipalRef } from '../../core/principal.ts';
import type { Scope } from '../../core/scope.ts';
import type { Deny } from '../../core/session.ts';
import type { Offer } from '../../core/usecases/listEntitlements.ts';

/** Domain → wire. Each view names every member it shows, so nothing internal gets out by being added to a type. */

const time = (at: number): string => new Date(at).toISOString();
const person = ({ id, domain, subject }: PrincipalRef) => ({ id, domain, subject });

const scopeView = (scope: Scope): GrantView['scope'] =>
  scope.map((line) => ({
    actions: [...line.actions],
    resources: [...line.resources],
    ...(line.leadingKeys && { leadingKeys: [...line.leadingKeys] }),
  }));

export const decisionView = (decision: Decision): GrantView['decision'] => ({
  outcome: decision.outcome,
  policies: decision.policies.map(({ id, effect }) => ({ id, effect })),
  reasons: [...decision.reasons],
  ...(decision.remediation !== undefined && { remediation: decision.remediation }),
  bundleSha256: decision.bundleSha256,
});

export function grantView(bundle: PolicyBundle, grant: Grant, deny?: Deny): GrantView {
  const { request, state, credentials } = grant;
  return {
    id: grant.id,
    status: state.status,
    version: grant.version,
    entitlement: request.entitlement,
    requester: person(request.requester),
    parameters: { ...request.parameters },
    scope: scopeView(request.scope),
    durationSeconds: request.durationSeconds,
    purpose: request.purpose,
    justification: request.justification,
    ...(request.ticket !== undefined && { ticket: request.ticket }),
    requestedAt: time(grant.requestedAt),
    startsAt: time(request.startsAt ?? grant.requestedAt),
    ...stateView(grant),
    decision: decisionView(grant.decision),
    approvals: [],
    approvers: state.status === 'pending' ? approversOf(bundle, request.entitlement) : [],
    extensions: [],
    credentials: {
      issued: credentials.issued,
      ...(credentials.lastIssuedAt !== undefined && { lastIssuedAt: time(credentials.lastIssuedAt) }),
    },
    ...(deny && { enforcement: enforcementView(deny, credentials.issued) }),
    requestSha256: grant.requestSha256,
  };
}

function stateView({ state }: Grant): Partial<GrantView> {
  return {
    ...('lapsesAt' in state && { lapsesAt: time(state.lapsesAt) }),
    ...('activatedAt' in state && { activatedAt: time(state.activatedAt) }),
    ...('expiresAt' in state && { expiresAt: time(state.expiresAt) }),
    ...('endedAt' in state && { endedAt: time(state.endedAt), endedBy: person(state.endedBy) }),
    ...('endReason' in state && { endReason: state.endReason }),
    ...('endNote' in state && { endNote: state.endNote }),
  };
}

/** `enforced` is said only of what a probe has proved; until then the deny's time on the role is shown. */
const enforcementView = (deny: Deny, sessions: number): NonNullable<GrantView['enforcement']> => ({
  state: 'pending',
  since: time(deny.createdAt),
  ...(deny.appliedAt !== undefined && { appliedAt: time(deny.appliedAt) }),
  sessions,
});

function approversOf(bundle: PolicyBundle, entitlementId: string): string[] {
  const entitlement = bundle.catalogue.find((candidate) => candidate.id === entitlementId);
  const chain = bundle.chains.find((candidate) => candidate.id === entitlement?.approvals);
  return [...new Set(chain?.stages.flatMap((stage) => stage.groups))];
}

export function entitlementView({ entitlement, target, approvers, decision }: Offer): EntitlementView {
  return {
    id: entitlement.id,
    kind: entitlement.kind,
    title: entitlement.title,
    description: entitlement.description,
    consequences: [...entitlement.consequences],
    project: entitlement.project,
    risk: entitlement.risk,
    owner: entitlement.owner,
    account: target.account,
    region: target.region,
    ceiling: scopeView(entitlement.ceiling),
    parameters: Object.fromEntries(
      Object.entries(entitlement.parameters).map(([name, { type, description, values, example }]) => [
        name,
        { type, description, ...(values && { values: [...values] }), example },
      ]),
    ),
    limits: { minDurationSeconds: MIN_DURATION_SECONDS, ...entitlement.limits },
    console: entitlement.console,
    approvers: [...approvers],
    outcome: decision.outcome,
    reasons: [...decision.reasons],
    ...(decision.remediation !== undefined && { remediation: decision.remediation }),
    reviewBy: entitlement.reviewBy,
  };
}

export const meView = (principal: Principal): MeView => ({
  id: principal.id,
  domain: principal.domain,
  issuer: principal.issuer,
  subject: principal.subject,
  person: principal.person,
  groups: [...principal.groups],
  project: principal.project,
  authentication: {
    mfa: principal.authentication.mfa,
    methods: [...principal.authentication.methods],
    ...(principal.authentication.at !== undefined && { at: time(principal.authentication.at) }),
  },
});

export const leafView = (leaf: Leaf): LeafView => ({
  id: leaf.id,
  stream: leaf.stream,
  version: leaf.version,
  type: leaf.type,
  at: time(leaf.at),
  actor: { ...leaf.actor },
  ...(leaf.entitlement !== undefined && { entitlement: leaf.entitlement }),
  ...(leaf.requestSha256 !== undefined && { requestSha256: leaf.requestSha256 }),
  ...(leaf.bundleSha256 !== undefined && { bundleSha256: leaf.bundleSha256 }),
  ...(leaf.decision && {
    decision: { outcome: leaf.decision.outcome, policies: leaf.decision.policies.map((policy) => ({ ...policy })) },
  }),
  facts: { ...leaf.facts },
});
