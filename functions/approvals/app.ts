import type { Grant } from '../../core/grant.ts';
import type { Deny } from '../../core/session.ts';
import type { BriefDeps } from '../../core/usecases/approverBrief.ts';
import { approverBrief } from '../../core/usecases/approverBrief.ts';
import { consentSha256 } from '../../core/usecases/consentHash.ts';
import type { ConsentDeps } from '../../core/usecases/consents.ts';
import { listConsents, listImpersonations, withdrawConsent } from '../../core/usecases/consents.ts';
import type { DecideDeps, Vote } from '../../core/usecases/decideGrant.ts';
import { decideGrant } from '../../core/usecases/decideGrant.ts';
import type { Answer, Caller } from '../../core/usecases/deps.ts';
import { reviewGrant } from '../../core/usecases/reviewGrant.ts';
import { withdrawApproval } from '../../core/usecases/withdrawApproval.ts';
import type { Consent } from '../../core/consent.ts';
import { ok, pageBody, pageOf } from '../shared/answers.ts';
import type { ApiDeps, ApiHandler } from '../shared/api.ts';
import { createApi } from '../shared/api.ts';
import { briefView, consentView } from '../shared/questionViews.ts';
import { grantView } from '../shared/views.ts';

/** What people say to what others ask. It can neither ask for a grant, nor assume a role, nor sign anything. */
export function createHandler(deps: DecideDeps & BriefDeps & ConsentDeps & ApiDeps): ApiHandler {
  const view = (grant: Grant, deny?: Deny) => grantView(deps.engine.bundle, grant, deps.clock(), deny);
  const shown = (grant: Grant, deny: Deny | undefined): Answer => ok(view(grant, deny));
  const consent = (record: Consent) => consentView(record, consentSha256(deps, record));

  return createApi('approvals', deps, {
    getBrief: async ({ caller, path }) => {
      const brief = await approverBrief(deps, caller, path.id);
      return ok(briefView(brief, view(brief.grant)));
    },

    decideGrant: ({ caller, path, body: { rememberSeconds, ...said }, idempotency }) => {
      const vote: Vote = { ...said, via: viaOf(caller), ...(rememberSeconds !== undefined && { rememberSeconds }) };
      return decideGrant(deps, caller, path.id, vote, idempotency, shown);
    },

    withdrawApproval: ({ caller, path, idempotency }) =>
      withdrawApproval(deps, caller, { grantId: path.id, approvalId: path.approval }, idempotency, shown),

    reviewGrant: ({ caller, path, body, idempotency }) => reviewGrant(deps, caller, path.id, body, idempotency, shown),

    listImpersonations: async ({ caller, query }) => {
      const page = await listImpersonations(deps, caller, pageOf(query));
      return ok(
        pageBody(
          page.items.map((grant) => view(grant)),
          page.cursor,
        ),
      );
    },

    listConsents: async ({ caller }) => ok({ items: (await listConsents(deps, caller)).map(consent) }),

    withdrawConsent: async ({ caller, path }) => ok(consent(await withdrawConsent(deps, caller, path.id))),
  });
}

const viaOf = ({ principal }: Caller): Vote['via'] =>
  principal.authentication.sealedKey === undefined ? 'api' : 'sealed';
