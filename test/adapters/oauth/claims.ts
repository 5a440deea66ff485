import type { AccessTokenClaims } from '../../../core/oauth/accessToken.ts';
import type { PrincipalId } from '../../../core/principal.ts';
import { NOW_S } from '../oidc/fixture.ts';

export const ISSUER_URL = 'https://writ.example';
export const JKT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';

/** A delegation token's claims with every member that there is, but for those of an impersonation. */
export const CLAIMS: AccessTokenClaims = {
  iss: ISSUER_URL,
  sub: 'admin:idp:alice' as PrincipalId,
  aud: 'https://billing.example.com',
  client_id: 'writ-cli',
  iat: NOW_S,
  exp: NOW_S + 300,
  jti: 'tok_abcdefghijklmnopqrstuvwxyz',
  scope: 'reports:read reports:export',
  authorization_details: [{ type: 'billing_report', identifier: 'c-1', actions: ['read'] }],
  act: { sub: 'workload:client:agent' as PrincipalId, act: { sub: 'workload:client:writ-cli' as PrincipalId } },
  cnf: { jkt: JKT },
  acr: 'urn:writ:acr:mfa',
  auth_time: NOW_S - 60,
  kind: 'delegation',
  grant_id: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
  grant_chain: ['grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8G'],
  entitlement: 'billing-report',
  project: 'shop',
  purpose: 'support',
  bundle: 'a'.repeat(64),
  max_uses: 1,
  source: 'b'.repeat(64),
  region: 'us-east-1',
  status: { status_list: { idx: 7, uri: `${ISSUER_URL}/v1/revocations/snapshot` } },
};

export const REQUIRED = [
  'iss',
  'sub',
  'aud',
  'client_id',
  'iat',
  'exp',
  'jti',
  'scope',
  'kind',
  'grant_id',
  'entitlement',
  'project',
  'purpose',
  'bundle',
  'status',
] as const satisfies readonly (keyof AccessTokenClaims)[];
