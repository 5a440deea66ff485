import type { AuditDeps } from '../../core/usecases/readAudit.ts';
import { readAudit } from '../../core/usecases/readAudit.ts';
import { ok, pageBody, pageOf } from '../shared/answers.ts';
import type { ApiDeps, ApiHandler } from '../shared/api.ts';
import { createApi } from '../shared/api.ts';
import { leafView } from '../shared/views.ts';

/** Shows audit leaves. It can write nothing but the leaf that tells of the read. */
export function createHandler(deps: AuditDeps & ApiDeps): ApiHandler {
  return createApi('audit', deps, {
    listAuditEvents: async ({ caller, query }) => {
      const what = query.grant === undefined ? { day: query.day ?? '' } : { grant: query.grant };
      const page = await readAudit(deps, caller, what, pageOf(query));
      return ok(pageBody(page.items.map(leafView), page.cursor));
    },
  });
}
