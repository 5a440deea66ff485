import { createHash } from 'node:crypto';
import type { Ancestor } from '../../../core/delegation.ts';
import type { Grant, GrantState } from '../../../core/grant.ts';
import type { TokenRecord } from '../../../core/oauth/accessToken.ts';
import type { Activity, ActivityStore } from '../../../core/oauth/activity.ts';
import type { Hold, Mark, TokenStore } from '../../../core/oauth/ports.ts';
import type { RefreshFamily } from '../../../core/oauth/refresh.ts';
import { NOW } from '../../core/fixtures.ts';
import { eventOf, newGrant, requester } from '../samples.ts';

/** Grants that are lent by tokens, tokens, and what belongs to them, with ids of their own. */

let made = 0;
const unique = (): string => String(++made).padStart(26, '0');
const hash = (): string => createHash('sha256').update(unique()).digest('hex');

export function tokenGrant(over: Partial<Grant> = {}, state?: GrantState): Grant {
  const { roleArn: _, ...grant } = newGrant(over, state);
  return grant;
}

/** Lent on from these, the last one being its parent. */
export const childOf = (...above: readonly Grant[]): Grant =>
  tokenGrant({
    lineage: above.map((grant): Ancestor => ({
      grantId: grant.id,
      holder: grant.request.requester,
      narrowings: grant.narrowings,
    })),
  });

export const tokenOf = (grant: Grant, over: Partial<TokenRecord> = {}): TokenRecord => ({
  jti: `tok_${unique()}`,
  grantId: grant.id,
  clientId: 'report-agent',
  statusIndex: ++made,
  issuedAt: NOW,
  expiresAt: NOW + 300_000,
  narrowings: grant.narrowings,
  uses: 0,
  ...over,
});

/** As issuing states them: the grant as it was read, its ancestors as the grant says. */
export const holdsOf = ({ id, version, lineage = [] }: Grant): Hold[] => [
  { grantId: id, at: { version } },
  ...lineage.map(({ grantId, narrowings }) => ({ grantId, at: { narrowings } })),
];

export const markOf = (kind: Mark['kind'] = 'dpop'): Mark => ({ kind, sha256: hash(), until: NOW + 300_000 });

export const familyOf = (grant: Grant, over: Partial<RefreshFamily> = {}): RefreshFamily => ({
  id: `rtf_${unique()}`,
  generation: 1,
  grantId: grant.id,
  clientId: 'report-agent',
  confirmation: { jkt: 'j'.repeat(43) },
  principal: {
    ...requester('alice'),
    issuer: 'local-admin',
    groups: ['engineers'],
    project: 'shop',
    authentication: { mfa: true, methods: ['otp'], at: NOW },
  },
  subject: grant.request.requester.id,
  actors: [],
  audience: 'https://billing.example.com',
  scopes: ['reports:read'],
  details: [],
  currentSha256: hash(),
  startedAt: NOW,
  expiresAt: NOW + 600_000,
  ...over,
});

export const successorOf = (family: RefreshFamily): RefreshFamily => ({
  ...family,
  generation: family.generation + 1,
  currentSha256: hash(),
  previous: { sha256: family.currentSha256, sealedSuccessor: 'sealed', graceUntil: NOW + 10_000 },
});

/** A token's issuing, of the grant as it is here. */
export const issuing = (
  grant: Grant,
  over: Partial<Parameters<TokenStore['issueToken']>[0]> = {},
): Parameters<TokenStore['issueToken']>[0] => ({
  token: tokenOf(grant),
  holds: holdsOf(grant),
  marks: [],
  leaf: eventOf(grant, 'token.issued'),
  ...over,
});

/** One use of a token, counted nowhere unless said otherwise. */
export const using = (
  grant: Grant,
  token: TokenRecord,
  over: Partial<Parameters<TokenStore['consume']>[0]> = {},
): Parameters<TokenStore['consume']>[0] => ({
  token,
  counted: [],
  holds: holdsOf(grant),
  requestSha256: hash(),
  leaf: eventOf(grant, 'token.spent'),
  ...over,
});

export const activityOf = ({ grantId, jti }: TokenRecord, over: Partial<Activity> = {}): Activity => ({
  id: `evt_${unique()}`,
  grantId,
  jti,
  server: 'support-service',
  operation: 'password:reset',
  resource: 'erin@example.com',
  outcome: 'succeeded',
  at: NOW,
  ...over,
});

/** A report of what was done under a token, in the name of a request of its own. */
export function telling(
  grant: Grant,
  token: TokenRecord,
  over: Partial<Parameters<ActivityStore['record']>[0]> = {},
): Parameters<ActivityStore['record']>[0] {
  const leaf = eventOf(grant, 'activity.reported');
  return { activity: activityOf(token, { id: leaf.id }), requestSha256: hash(), leaf, ...over };
}
