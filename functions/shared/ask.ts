import type { GrantAsk } from '../../core/usecases/requestGrant.ts';
import { WritError } from '../../core/errors.ts';
import type { LendOnAsk } from '../../core/usecases/lendOnChecks.ts';
import type { PrincipalId } from '../../core/principal.ts';
import type { ApiRequest } from './api.ts';

type Body = ApiRequest<'createGrant'>['body'];

/** What is asked for, wire → domain. */
export function askOf({ startsAt, scope, ticket, subject, ...body }: Body): GrantAsk {
  const { parent: _, actor: __, authorizationDetails: details, maxUses, ...rest } = body;
  return {
    ...rest,
    ...(details && { details }),
    ...(maxUses !== undefined && { maxUses }),
    ...(scope && { scope }),
    ...(ticket !== undefined && { ticket }),
    ...(subject !== undefined && { subject }),
    ...(startsAt !== undefined && { startsAt: Date.parse(startsAt) }),
  };
}

/** Of no meaning for what is lent on: it begins at once, as its parent was allowed to, for its parent's ticket. */
const NOT_LENT_ON = ['ticket', 'startsAt', 'subject'] as const;

/**
 * A grant to lend on and to whom, wire → domain; undefined where nothing is lent on.
 *
 * @throws WritError `invalid_request` for one without the other, or with what lending on has no use for
 */
export function lendOnOf(body: Body): LendOnAsk | undefined {
  const { parent, actor, entitlement, parameters, scope, authorizationDetails: details, maxUses } = body;
  if (parent === undefined && actor === undefined) return undefined;
  if (parent === undefined || actor === undefined) {
    throw new WritError('invalid_request', '`parent` and `actor` go together', {
      remediation: 'To lend a grant on, name the grant in `parent` and who gets it in `actor`; else leave both out.',
    });
  }
  const stray = NOT_LENT_ON.find((name) => body[name] !== undefined);
  if (stray !== undefined) {
    throw new WritError('invalid_request', `\`${stray}\` has no meaning for a grant that is lent on`, {
      remediation: 'Leave it out: the grant begins at once, under what its parent was asked for.',
    });
  }
  return {
    parent,
    actor: actor as PrincipalId, // its form was checked; whether there is somebody of that name, the use case does
    entitlement,
    parameters,
    ...(scope && { scope }),
    ...(details && { details }),
    durationSeconds: body.durationSeconds,
    ...(maxUses !== undefined && { maxUses }),
    purpose: body.purpose,
    justification: body.justification,
  };
}
