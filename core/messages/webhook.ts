import type { News } from './news.ts';
import { linkTo } from './news.ts';

/** What a system is sent: ids, states and times. It asks the API for more, which decides what it may see. */
export function webhookOf(publicUrl: string, news: readonly [News, ...News[]]): object {
  return {
    events: news.map((one) => {
      const { occurrence, grant } = one;
      const link = linkTo(publicUrl, one);
      return {
        id: occurrence.id,
        type: `${occurrence.type}.v1`,
        at: new Date(occurrence.at).toISOString(),
        ...(grant && {
          grant: grant.id,
          version: grant.version,
          status: grant.state.status,
          entitlement: grant.request.entitlement,
        }),
        ...(link !== undefined && { link }),
      };
    }),
  };
}
