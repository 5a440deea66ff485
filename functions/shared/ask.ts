import type { GrantAsk } from '../../core/usecases/requestGrant.ts';
import type { ApiRequest } from './api.ts';

/** What is asked for, wire → domain. */
export function askOf({ startsAt, scope, ticket, subject, ...rest }: ApiRequest<'createGrant'>['body']): GrantAsk {
  return {
    ...rest,
    ...(scope && { scope }),
    ...(ticket !== undefined && { ticket }),
    ...(subject !== undefined && { subject }),
    ...(startsAt !== undefined && { startsAt: Date.parse(startsAt) }),
  };
}
