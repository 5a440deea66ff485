/** Any grant, intent, deny, leaf or record that the domain could hand over. */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { Approval } from '../../../core/approval.ts';
import type { BreakGlassReview, BreakGlassUse, SealedKey } from '../../../core/breakGlass.ts';
import type { Consent } from '../../../core/consent.ts';
import type { Ancestor } from '../../../core/delegation.ts';
import type { Decision } from '../../../core/decision.ts';
import type { Extension } from '../../../core/extension.ts';
import type { Grant, GrantRequest, GrantState } from '../../../core/grant.ts';
import { END_REASONS } from '../../../core/grant.ts';
import type { Leaf } from '../../../core/leaf.ts';
import { LEAF_TYPES } from '../../../core/leaf.ts';
import type { AuthorizationDetail } from '../../../core/oauth/authorizationDetails.ts';
import type { IdempotencyRecord } from '../../../core/ports.ts';
import { DOMAINS } from '../../../core/principal.ts';
import type { PrincipalId, PrincipalRef } from '../../../core/principal.ts';
import type { Deny, Intent } from '../../../core/session.ts';

/** Any text, `__proto__`, quotes, emoji and control characters among it. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('', '__proto__', 'constructor', '"', '\\', '${x}', '\u2028', '💥', 'null'),
);
const time = fc.integer({ min: 0, max: 8.64e15 });
const count = fc.integer({ min: 0, max: 10_000 });
const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const ulid = fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
const random = fc.stringMatching(/^[a-z2-7]{26}$/);
const roleArn = fc.stringMatching(/^arn:aws:iam::\d{12}:role\/writ\/lend\/writ-[a-z]{3,20}$/);
const dictionary = <T>(value: Arbitrary<T>) => fc.dictionary(text, value, { maxKeys: 4, noNullPrototype: true });
const some = <T>(item: Arbitrary<T>) => fc.array(item, { maxLength: 3 });
const principal = text.map((id) => id as PrincipalId);
const person: Arbitrary<PrincipalRef> = fc.record({
  id: principal,
  domain: fc.constantFrom(...DOMAINS),
  subject: text,
  person: text,
});

/** Some of the members may be absent. */
function objectOf<R extends object, O extends object>(
  required: { [K in keyof R]: Arbitrary<R[K]> },
  optional: { [K in keyof O]: Arbitrary<O[K]> },
) {
  return fc
    .tuple(fc.record(required), fc.record(optional, { requiredKeys: [] }))
    .map(([always, sometimes]) => ({ ...always, ...sometimes }) as R & Partial<O>); // what `record` is, in plainer types
}

const scope = some(
  objectOf<{ actions: string[]; resources: string[] }, { leadingKeys: string[] }>(
    { actions: some(text), resources: some(text) },
    { leadingKeys: some(text) },
  ),
);

/** Entries of `authorization_details` that limit in some fields. */
const details: Arbitrary<AuthorizationDetail[]> = some(
  objectOf<{ type: string }, Required<Omit<AuthorizationDetail, 'type'>>>(
    { type: text },
    { locations: some(text), actions: some(text), datatypes: some(text), identifier: text, privileges: some(text) },
  ),
);

interface RequestOptions {
  startsAt: number;
  ticket: string;
  actors: PrincipalRef[];
  subject: PrincipalId;
  details: AuthorizationDetail[];
  client: string;
  parent: string;
}

const request: Arbitrary<GrantRequest> = objectOf<Omit<GrantRequest, keyof RequestOptions>, RequestOptions>(
  {
    entitlement: text,
    requester: person,
    parameters: dictionary(text),
    scope,
    durationSeconds: count,
    purpose: text,
    justification: text,
  },
  {
    startsAt: time,
    ticket: text,
    actors: some(person),
    subject: principal,
    details,
    client: text,
    parent: text,
  },
);

const policies = some(fc.record({ id: text, effect: fc.constantFrom('permit' as const, 'forbid' as const) }));
const outcome = fc.constantFrom('allowed' as const, 'needs_approval' as const, 'denied' as const);
const decision: Arbitrary<Decision> = objectOf<Omit<Decision, 'remediation'>, { remediation: string }>(
  { outcome, policies, reasons: some(text), bundleSha256: hex },
  { remediation: text },
);

const ended = { endedAt: time, endedBy: person };
const standing = { stage: count, stageSince: time, lapsesAt: time };
const state: Arbitrary<GrantState> = fc.oneof(
  fc.record({ status: fc.constant('pending' as const), ...standing }),
  objectOf<{ status: 'scheduled'; startsAt: number }, { endsBy: number }>(
    { status: fc.constant('scheduled'), startsAt: time },
    { endsBy: time },
  ),
  fc.record({ status: fc.constant('active' as const), activatedAt: time, expiresAt: time }),
  fc.record({ status: fc.constantFrom('denied' as const, 'cancelled' as const, 'lapsed' as const), ...ended }),
  fc
    .record({
      status: fc.constantFrom('returned' as const, 'revoked' as const, 'expired' as const, 'completed' as const),
      endReason: fc.constantFrom(...END_REASONS),
      ...ended,
    })
    .chain((always) =>
      fc
        .record({ endNote: text, activatedAt: time, expiresAt: time }, { requiredKeys: [] })
        .map((sometimes) => ({ ...always, ...sometimes })),
    ),
);

const approval: Arbitrary<Approval> = objectOf<
  Omit<Approval, 'consent' | 'withdrawnAt'>,
  { consent: string; withdrawnAt: number }
>(
  {
    id: ulid.map((id) => `apr_${id}`),
    by: person,
    verdict: fc.constantFrom('approve' as const, 'deny' as const),
    comment: text,
    stage: count,
    stageSince: time,
    at: time,
    requestSha256: hex,
    bundleSha256: hex,
    via: fc.constantFrom('api' as const, 'chat' as const, 'sealed' as const, 'remembered' as const),
  },
  { consent: text, withdrawnAt: time },
);

const extension: Arbitrary<Extension> = fc.record({
  id: ulid.map((id) => `ext_${id}`),
  durationSeconds: count,
  justification: text,
  requestedAt: time,
  requestSha256: hex,
  decision,
  state: fc.oneof(
    fc.record({ status: fc.constant('pending' as const), ...standing }),
    fc.record({ status: fc.constant('allowed' as const), at: time, from: time, to: time }),
    fc.record({ status: fc.constantFrom('denied' as const, 'lapsed' as const, 'void' as const), at: time }),
  ),
  approvals: some(approval),
});

const breakGlass: Arbitrary<BreakGlassUse> = objectOf<Omit<BreakGlassUse, 'review'>, { review: BreakGlassReview }>(
  { keys: some(text) },
  {
    review: fc.record({
      by: person,
      verdict: fc.constantFrom('justified' as const, 'unjustified' as const),
      comment: text,
      at: time,
    }),
  },
);

export const grants: Arbitrary<Grant> = objectOf<
  Omit<Grant, 'roleArn' | 'breakGlass' | 'lineage' | 'narrowedAt'>,
  { roleArn: string; narrowedAt: number; breakGlass: BreakGlassUse; lineage: Ancestor[] }
>(
  {
    id: ulid.map((id) => `grt_${id}`),
    version: count,
    request,
    scope,
    requestSha256: hex,
    decision,
    approvals: some(approval),
    extensions: some(extension),
    requestedAt: time,
    state,
    sourceIdentity: random.map((id) => `writ-${id}`),
    narrowings: count,
    uses: objectOf<{ spent: number }, { max: number }>({ spent: count }, { max: count }),
    salt: hex,
    credentials: objectOf<{ attempts: number; issued: number }, { lastIssuedAt: number }>(
      { attempts: count, issued: count },
      { lastIssuedAt: time },
    ),
  },
  {
    roleArn,
    narrowedAt: time,
    breakGlass,
    lineage: some(fc.record({ grantId: text, holder: person, narrowings: count })),
  },
);

export const consents: Arbitrary<Consent> = objectOf<Omit<Consent, 'withdrawnAt'>, { withdrawnAt: number }>(
  {
    id: ulid.map((id) => `cns_${id}`),
    subject: principal,
    durationSeconds: fc.nat(),
    actor: principal,
    entitlement: text,
    purpose: text,
    operations: some(text),
    givenAt: time,
    expiresAt: time,
    requestSha256: hex,
    grantId: ulid.map((id) => `grt_${id}`),
  },
  { withdrawnAt: time },
);

export const sealedKeys: Arbitrary<Omit<SealedKey, 'removedAt'>> = fc.record({
  id: text,
  owner: person,
  groups: some(text),
  project: text,
  publicKey: fc.record({ x: text, y: text }),
  holder: fc.constantFrom('agent' as const, 'fido' as const),
  label: text,
  registeredAt: time,
  registeredBy: principal,
});

export const intents: Arbitrary<Intent> = fc.record({
  id: random.map((id) => `ses_${id}`),
  grantId: ulid.map((id) => `grt_${id}`),
  version: count,
  kind: fc.constantFrom('api' as const, 'console' as const),
  roleArn,
  createdAt: time,
  latestExpiry: time,
  state: fc.constantFrom('open', 'issued', 'failed', 'discarded', 'unknown'),
});

export const denies: Arbitrary<Deny> = objectOf<Omit<Deny, 'appliedAt'>, { appliedAt: number }>(
  {
    roleArn,
    match: fc.oneof(
      random.map((id) => ({ sourceIdentity: `writ-${id}` })),
      random.map((id) => ({ sessionName: `ses_${id}` })),
    ),
    grantId: ulid.map((id) => `grt_${id}`),
    createdAt: time,
    until: time,
  },
  { appliedAt: time },
);

export const records: Arbitrary<IdempotencyRecord> = fc.record({
  keySha256: hex,
  bodySha256: hex,
  response: fc.record({ status: fc.integer({ min: 200, max: 599 }), body: text }),
  keepUntil: time,
});

export const leaves: Arbitrary<Leaf> = objectOf<
  Pick<Leaf, 'id' | 'stream' | 'version' | 'role' | 'type' | 'at' | 'actor' | 'facts'>,
  {
    entitlement: string;
    requestSha256: string;
    bundleSha256: string;
    decision: Pick<Decision, 'outcome' | 'policies'>;
  }
>(
  {
    id: ulid.map((id) => `evt_${id}`),
    stream: fc.oneof(
      ulid.map((id) => `grt_${id}`),
      fc.constant('audit'),
    ),
    version: count,
    role: fc.constantFrom('transition' as const, 'event' as const),
    type: fc.constantFrom(...LEAF_TYPES),
    at: time,
    actor: fc.record({ domain: fc.constantFrom(...DOMAINS), hash: hex }),
    facts: dictionary(
      fc.oneof(
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
        fc.boolean(),
      ),
    ),
  },
  { entitlement: text, requestSha256: hex, bundleSha256: hex, decision: fc.record({ outcome, policies }) },
);
