import type { EntitlementView, GrantView, LeafView, MeView } from '../../contract/schemas.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { TokenKind } from '../../core/entitlement.ts';
import { longestOf, MIN_DURATION_SECONDS } from '../../core/entitlement.ts';
import type { Grant } from '../../core/grant.ts';
import type { Leaf } from '../../core/leaf.ts';
import type { AuthorizationDetail } from '../../core/oauth/authorizationDetails.ts';
import { DETAIL_LISTS } from '../../core/oauth/authorizationDetails.ts';
import { audiencesOf } from '../../core/oauth/authority.ts';
import type { Principal } from '../../core/principal.ts';
import type { Scope } from '../../core/scope.ts';
import type { Deny } from '../../core/session.ts';
import type { Offer } from '../../core/usecases/listEntitlements.ts';
import { approvalView, breakGlassView, extensionView, questionView } from './questionViews.ts';
import { decisionView, person, time } from './wire.ts';

/** Domain → wire. Each view names every member it shows, so nothing internal gets out by being added to a type. */

const scopeView = (scope: Scope): GrantView['scope'] =>
  scope.map((line) => ({
    actions: [...line.actions],
    resources: [...line.resources],
    ...(line.leadingKeys && { leadingKeys: [...line.leadingKeys] }),
  }));

const detailView = (detail: AuthorizationDetail): NonNullable<GrantView['authorizationDetails']>[number] => ({
  type: detail.type,
  ...(detail.identifier !== undefined && { identifier: detail.identifier }),
  ...Object.fromEntries(DETAIL_LISTS.flatMap((field) => (detail[field] ? [[field, [...detail[field]]]] : []))),
});

/** @param now decides who may be asked: a stage escalates with time */
export function grantView(bundle: PolicyBundle, grant: Grant, now: number, deny?: Deny): GrantView {
  const { request, credentials } = grant;
  const question = questionView(bundle, grant, now);
  return {
    id: grant.id,
    status: grant.state.status,
    version: grant.version,
    entitlement: request.entitlement,
    requester: person(request.requester),
    ...(request.subject !== undefined && { subject: request.subject }),
    parameters: { ...request.parameters },
    scope: scopeView(grant.scope),
    durationSeconds: request.durationSeconds,
    purpose: request.purpose,
    justification: request.justification,
    ...(request.ticket !== undefined && { ticket: request.ticket }),
    requestedAt: time(grant.requestedAt),
    startsAt: time(request.startsAt ?? grant.requestedAt),
    ...stateView(grant),
    decision: decisionView(grant.decision),
    approvals: grant.approvals.map(approvalView),
    approvers: question?.approvers ?? [],
    ...(question && { question }),
    extensions: grant.extensions.map(extensionView),
    ...(grant.breakGlass && { breakGlass: breakGlassView(grant.breakGlass) }),
    ...(request.details && { authorizationDetails: request.details.map(detailView) }),
    ...(request.parent !== undefined && { parent: request.parent }),
    ...(grant.lineage && {
      lineage: grant.lineage.map(({ grantId, holder }) => ({ grant: grantId, holder: person(holder) })),
    }),
    uses: { spent: grant.uses.spent, ...(grant.uses.max !== undefined && { max: grant.uses.max }) },
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

export function entitlementView({ entitlement, target, approvers, decision }: Offer): EntitlementView {
  return {
    id: entitlement.id,
    kind: entitlement.kind,
    title: entitlement.title,
    description: entitlement.description,
    consequences: [...entitlement.consequences],
    project: entitlement.project,
    risk: entitlement.risk,
    dataClass: entitlement.dataClass,
    owner: entitlement.owner,
    ...(target && { account: target.account, region: target.region }),
    ...(entitlement.kind === 'impersonation' && {
      audience: entitlement.audience,
      subjectDomain: entitlement.subjectDomain,
    }),
    ...(entitlement.kind !== 'aws' && { tokens: tokensView(entitlement) }),
    breakGlass: entitlement.kind === 'aws' && entitlement.breakGlass !== undefined,
    ...(entitlement.windows && {
      windows: entitlement.windows.map((window) => ({ ...window, days: [...window.days] })),
    }),
    ceiling: scopeView(entitlement.ceiling),
    parameters: Object.fromEntries(
      Object.entries(entitlement.parameters).map(([name, { type, description, values, example }]) => [
        name,
        { type, description, ...(values && { values: [...values] }), example },
      ]),
    ),
    limits: {
      minDurationSeconds: MIN_DURATION_SECONDS,
      ...entitlement.limits,
      maxTotalSeconds: longestOf(entitlement),
    },
    console: entitlement.kind === 'aws' && entitlement.console,
    approvers: [...approvers],
    outcome: decision.outcome,
    reasons: [...decision.reasons],
    ...(decision.remediation !== undefined && { remediation: decision.remediation }),
    reviewBy: entitlement.reviewBy,
  };
}

/** How it is used, where it is lent by tokens. */
function tokensView(entitlement: TokenKind): NonNullable<EntitlementView['tokens']> {
  const { ceiling, terms } = entitlement;
  const details = entitlement.kind === 'token' ? entitlement.authorizationDetails : [];
  return {
    audiences: [...audiencesOf(ceiling)],
    scopes: [...new Set(ceiling.flatMap(({ actions }) => actions))],
    ...(details.length > 0 && { authorizationDetails: details.map(detailView) }),
    lifetimeSeconds: terms.lifetimeSeconds,
    ...(terms.maxUsesPerToken !== undefined && { maxUsesPerToken: terms.maxUsesPerToken }),
    refresh: terms.refresh,
    bearer: terms.bearer,
    lentOn: terms.maxDepth,
    bind: [...terms.bind],
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
