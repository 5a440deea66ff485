import type { Grant } from '../../core/grant.ts';
import type { Deny } from '../../core/session.ts';
import type { Answer } from '../../core/usecases/deps.ts';
import type { Ending } from '../../core/usecases/endGrant.ts';
import { endGrant } from '../../core/usecases/endGrant.ts';
import { extendGrant } from '../../core/usecases/extendGrant.ts';
import type { ListApprovalsDeps } from '../../core/usecases/listApprovals.ts';
import { listApprovals } from '../../core/usecases/listApprovals.ts';
import { listEntitlements } from '../../core/usecases/listEntitlements.ts';
import { lendOn, previewLendOn } from '../../core/usecases/lendOn.ts';
import { narrowGrant } from '../../core/usecases/narrowGrant.ts';
import { listGrants, readGrant } from '../../core/usecases/readGrants.ts';
import type { RequestDeps } from '../../core/usecases/requestGrant.ts';
import { preview, requestGrant } from '../../core/usecases/requestGrant.ts';
import { ok, pageBody, pageOf } from '../shared/answers.ts';
import type { ApiDeps, ApiHandler, ApiRequest } from '../shared/api.ts';
import { createApi } from '../shared/api.ts';
import { askOf, lendOnOf } from '../shared/ask.ts';
import { problem } from '../shared/problem.ts';
import { entitlementView, grantView, meView } from '../shared/views.ts';
import { decisionView } from '../shared/wire.ts';

/** Requests, reads and ends of grants. It can neither assume a role nor sign anything. */
export function createHandler(deps: RequestDeps & ListApprovalsDeps & ApiDeps): ApiHandler {
  const view = (grant: Grant, deny?: Deny) => grantView(deps.engine.bundle, grant, deps.clock(), deny);
  const shown = (grant: Grant, deny: Deny | undefined): Answer => ok(view(grant, deny));
  const end = (request: ApiRequest<'cancelGrant' | 'returnGrant' | 'revokeGrant'>, ending: Ending): Promise<Answer> =>
    endGrant(deps, request.caller, request.path.id, ending, request.idempotency, shown);

  return createApi('grants', deps, {
    getMe: async ({ caller }) => ok(meView(caller.principal)),

    listEntitlements: async ({ caller }) => ok({ items: listEntitlements(deps, caller).map(entitlementView) }),

    createGrant: async ({ caller, body, query, idempotency, traceId }) => {
      const onward = lendOnOf(body);
      if (onward && !query.dryRun) return lendOn(deps, caller, onward, idempotency, (grant) => ok(view(grant), 201));
      if (onward) return ok(decisionView(await previewLendOn(deps, caller, onward)));
      const ask = askOf(body);
      if (query.dryRun) return ok(decisionView(preview(deps, caller, ask).decision));
      return requestGrant(deps, caller, ask, idempotency, (grant) =>
        grant.state.status === 'denied' ? denied(grant, traceId) : ok(view(grant), 201),
      );
    },

    listGrants: async ({ caller, query }) => {
      const page =
        query.view === 'approvals'
          ? await listApprovals(deps, caller, pageOf(query))
          : await listGrants(deps, caller, query.view, pageOf(query));
      return ok(
        pageBody(
          page.items.map((grant) => view(grant)),
          page.cursor,
        ),
      );
    },

    getGrant: async ({ caller, path }) => {
      const { grant, deny } = await readGrant(deps, caller, path.id);
      return ok(view(grant, deny));
    },

    extendGrant: ({ caller, path, body, idempotency }) => extendGrant(deps, caller, path.id, body, idempotency, shown),

    narrowGrant: ({ caller, path, body: { scope, expiresAt }, idempotency }) => {
      const ask = { ...(scope && { scope }), ...(expiresAt !== undefined && { expiresAt: Date.parse(expiresAt) }) };
      return narrowGrant(deps, caller, path.id, ask, idempotency, shown);
    },

    cancelGrant: (request) => end(request, { type: 'cancel' }),
    returnGrant: (request) => end(request, { type: 'return' }),
    revokeGrant: (request) => end(request, { type: 'revoke', note: request.body.reason }),
  });
}

/** A denial is kept like any grant; the problem names it and says what to do. */
function denied(grant: Grant, traceId: string): Answer {
  const { decision } = grant;
  return problem({
    code: 'request_denied',
    detail: decision.reasons.join('; ') || 'policy denies the request',
    remediation: decision.remediation,
    traceId,
    decision,
    grantId: grant.id,
  });
}
