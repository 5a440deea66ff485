import type { Decision } from '../../core/decision.ts';
import type { Ancestor } from '../../core/delegation.ts';
import type { EndReason, GrantRequest, GrantState } from '../../core/grant.ts';
import { END_REASONS } from '../../core/grant.ts';
import type { AuthorizationDetail } from '../../core/oauth/authorizationDetails.ts';
import type { PrincipalId, PrincipalRef } from '../../core/principal.ts';
import { DOMAINS } from '../../core/principal.ts';
import type { Scope } from '../../core/scope.ts';
import type { Decoder } from './decode.ts';
import { list, number, object, oneOf, record, string, tagged } from './decode.ts';

/** Decoders of the JSON documents within a grant item. */

/** Only a token verifier makes principal ids; this one was made by it before it was stored. */
export const principalId: Decoder<PrincipalId> = (value, at) => string(value, at) as PrincipalId;

export const person: Decoder<PrincipalRef> = object({
  id: principalId,
  domain: oneOf(...DOMAINS),
  subject: string,
  person: string,
});

export const scope: Decoder<Scope> = list(
  object({ actions: list(string), resources: list(string) }, { leadingKeys: list(string) }),
);

export const details: Decoder<readonly AuthorizationDetail[]> = list(
  object(
    { type: string },
    {
      locations: list(string),
      actions: list(string),
      datatypes: list(string),
      identifier: string,
      privileges: list(string),
    },
  ),
);

export const lineage: Decoder<readonly Ancestor[]> = list(
  object({ grantId: string, holder: person, narrowings: number }),
);

export const grantRequest: Decoder<GrantRequest> = object(
  {
    entitlement: string,
    requester: person,
    parameters: record(string),
    scope,
    durationSeconds: number,
    purpose: string,
    justification: string,
  },
  {
    actors: list(person),
    startsAt: number,
    ticket: string,
    subject: principalId,
    details,
    client: string,
    parent: string,
  },
);

export const policies: Decoder<Decision['policies']> = list(object({ id: string, effect: oneOf('permit', 'forbid') }));
export const outcome: Decoder<Decision['outcome']> = oneOf('allowed', 'needs_approval', 'denied');

export const decision: Decoder<Decision> = object(
  { outcome, policies, reasons: list(string), bundleSha256: string },
  { remediation: string },
);

/** Where a question to people stands. */
export const standing = { stage: number, stageSince: number, lapsesAt: number };

const endReason: Decoder<EndReason> = oneOf(...END_REASONS);
const ended = { endedAt: number, endedBy: person };
const over = <S extends 'denied' | 'cancelled' | 'lapsed'>(status: S) => object({ status: oneOf(status), ...ended });
const overWithReason = <S extends 'returned' | 'revoked' | 'expired' | 'completed'>(status: S) =>
  object({ status: oneOf(status), endReason, ...ended }, { endNote: string, activatedAt: number, expiresAt: number });

export const grantState: Decoder<GrantState> = tagged<GrantState>('status', {
  pending: object({ status: oneOf('pending'), ...standing }),
  scheduled: object({ status: oneOf('scheduled'), startsAt: number }, { endsBy: number }),
  active: object({ status: oneOf('active'), activatedAt: number, expiresAt: number }, { notAfter: number }),
  denied: over('denied'),
  cancelled: over('cancelled'),
  lapsed: over('lapsed'),
  returned: overWithReason('returned'),
  revoked: overWithReason('revoked'),
  expired: overWithReason('expired'),
  completed: overWithReason('completed'),
});
