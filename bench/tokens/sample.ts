import { loadBundle } from '../../adapters/bundle/load.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import { ceilingOf } from '../../core/entitlement.ts';
import type { Grant } from '../../core/grant.ts';
import type { PublicJwk } from '../../core/oauth/client.ts';
import { filledDetails } from '../../core/oauth/authorizationDetails.ts';
import { principalId } from '../../core/principal.ts';

/** What both authorization servers know: an issuer of subject tokens, three clients, an API, and people with a grant each. */

export const IDP = {
  issuer: 'https://idp.example.com',
  jwksUri: 'https://idp.example.com/jwks',
  audience: 'writ',
} as const;
export const API = 'https://billing.example.com';
export const SCOPES = ['reports:read', 'reports:export'] as const;
/** The public client that people sign in to, a client with a key of its own, and the server that introspects. */
export const CLIENTS = { publicOne: 'writ-cli', withKey: 'report-agent', server: 'billing' } as const;
export const ENTITLEMENT = 'billing-report';
export const TOKEN_SECONDS = 300;
/** One for each exchange of a run in which nobody comes twice. */
const PEOPLE = 6_000;
/** Those of the runs in which the same ones come again. */
export const REGULARS = 100;
const GRANT_MS = 4 * 3_600_000;

/** Public keys, as both servers are told them. */
export interface Known {
  readonly idp: PublicJwk;
  readonly clients: Readonly<Record<string, PublicJwk>>;
}

export const people = (): readonly string[] => Array.from({ length: PEOPLE }, (_, index) => `person-${index}`);

/** The sample bundle with the bench's issuer and keys, without refresh tokens, and with more requests a minute. */
export function benchBundle({ clients: keys }: Known): PolicyBundle {
  const bundle = loadBundle('policies');
  const issuer = {
    ...IDP,
    id: 'local-admin',
    domain: 'admin',
    clientId: CLIENTS.publicOne,
    claims: { person: 'person' },
  } as const;
  return {
    ...bundle,
    issuers: [issuer],
    catalogue: bundle.catalogue.map((one) =>
      one.kind === 'token' && one.id === ENTITLEMENT ? { ...one, terms: { ...one.terms, refresh: false } } : one,
    ),
    clients: bundle.clients.map((client) => {
      const key = keys[client.id];
      return {
        ...client,
        ...(client.id === CLIENTS.withKey && { signsInAs: [CLIENTS.publicOne], scopes: [...SCOPES] }),
        ...(key && { authentication: { method: 'private_key_jwt' as const, keys: [key] } }),
        ratePerMinute: Number.MAX_SAFE_INTEGER,
      };
    }),
  };
}

/** A person's live grant of the entitlement. */
export function grantOf(bundle: PolicyBundle, person: string, now: number): Grant {
  const entitlement = bundle.catalogue.find(({ id }) => id === ENTITLEMENT);
  if (entitlement?.kind !== 'token') throw new Error(`the sample bundle does not lend ${ENTITLEMENT}`);
  const parameters = { customer: 'C-42' };
  const scope = ceilingOf(entitlement, undefined, parameters);
  const id = principalId('admin', 'local-admin', person);
  return {
    id: grantIdOf(person),
    version: 2,
    request: {
      entitlement: ENTITLEMENT,
      requester: { id, domain: 'admin', subject: person, person },
      parameters,
      scope,
      details: filledDetails(entitlement.authorizationDetails, parameters),
      durationSeconds: GRANT_MS / 1000,
      purpose: 'incident',
      justification: 'look at one report',
    },
    scope,
    requestSha256: 'a'.repeat(64),
    decision: { outcome: 'allowed', policies: [], reasons: [], bundleSha256: bundle.sha256 },
    approvals: [],
    extensions: [],
    requestedAt: now - 1_000,
    state: { status: 'active', activatedAt: now - 1_000, expiresAt: now + GRANT_MS },
    sourceIdentity: `writ-${'a'.repeat(26)}`,
    salt: '0'.repeat(32),
    narrowings: 0,
    uses: { spent: 0 },
    credentials: { attempts: 0, issued: 0 },
  };
}

export const grantIdOf = (person: string): string =>
  `grt_01J9ZK3N8Q4T6V8X0Z2B4D${person.replace(/\D/g, '').padStart(4, '0')}`;
