import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../../adapters/memory/store.ts';
import type { Approval } from '../../../../core/approval.ts';
import type { TokenKind } from '../../../../core/entitlement.ts';
import type { AccessTokenClaims } from '../../../../core/oauth/accessToken.ts';
import type { PrincipalId } from '../../../../core/principal.ts';
import { principalId, refOf } from '../../../../core/principal.ts';
import { mintToken } from '../../../../core/usecases/tokens/mintToken.ts';
import { clientAsPrincipal } from '../../../../core/oauth/client.ts';
import { clientWith } from '../../clientFixture.ts';
import { ACT_FOR, ALICE, BOB, createWorld } from '../world.ts';
import { grantIn, NOW } from '../../fixtures.ts';

const ERIN: PrincipalId = principalId('customer', 'test', 'erin');
const AUDIENCE = 'https://support.example';

const DESK = clientWith({ id: 'support-desk', scopes: ['settings:read'], audiences: [AUDIENCE] });

const SUBJECT = { id: ERIN, domain: 'customer', subject: 'erin', person: ERIN } as const;
const BOARD = refOf(BOB.principal);

const said = (id: string, by: Approval['by'], over: Partial<Approval> = {}): Approval => ({
  id,
  by,
  verdict: 'approve',
  comment: 'fine',
  stage: 0,
  stageSince: NOW,
  at: NOW,
  requestSha256: 'a'.repeat(64),
  bundleSha256: 'b'.repeat(64),
  via: 'api',
  ...over,
});

/** The consent that a token of an impersonation names, where the grant was approved like this. */
async function consentOf(approvals: readonly Approval[]): Promise<string | undefined> {
  const world = createWorld();
  const { roleArn: _, ...stored } = grantIn({ status: 'active', activatedAt: NOW, expiresAt: NOW + 600_000 });
  const scope = [{ actions: ['settings:read'], resources: [AUDIENCE] }];
  const request = { ...stored.request, entitlement: ACT_FOR.id, subject: ERIN, scope, parameters: {} };
  const state = { status: 'active', activatedAt: NOW, expiresAt: NOW + 600_000 } as const;
  let claims: AccessTokenClaims | undefined;
  const deps = {
    ...world,
    clock: () => NOW,
    issuerUrl: 'https://writ.example',
    statusListUrl: 'https://writ.example/v1/revocations/snapshot',
    region: 'us-east-1',
    signer: {
      sign: async (_typ: string, signed: object) => {
        claims = signed as AccessTokenClaims; // what this use case signs as an access token
        return 'a.b.c';
      },
    },
    tokens: { ...createMemoryStore(), issueToken: async () => ({ result: 'committed' }) as const },
  };
  await mintToken(deps, {
    ask: {
      client: DESK,
      clientPrincipal: clientAsPrincipal(DESK),
      wish: {},
      confirmation: { jkt: 'k'.repeat(43) },
      marks: [],
      sourceIp: '203.0.113.7',
    },
    grant: { ...stored, request, scope, approvals, state },
    entitlement: ACT_FOR as TokenKind,
    sub: ERIN,
    act: { sub: ALICE.principal.id },
    bounds: [],
    notAfter: NOW + 600_000,
    strength: {},
    by: refOf(ALICE.principal),
  });
  return claims?.consent;
}

describe('the consent that an impersonation names', () => {
  it('is the subject’s own', async () => {
    expect(await consentOf([said('apr_board', BOARD), said('apr_erin', SUBJECT)])).toBe('apr_erin');
  });

  it('is the board’s where the chain asks it in the subject’s place', async () => {
    expect(await consentOf([said('apr_board', BOARD)])).toBe('apr_board');
  });

  it.each([
    ['nobody said anything', []],
    ['it was withdrawn', [said('apr_1', SUBJECT, { withdrawnAt: NOW })]],
    ['it was refused', [said('apr_1', SUBJECT, { verdict: 'deny' })]],
    ['another request was agreed to', [said('apr_1', SUBJECT, { requestSha256: 'c'.repeat(64) })]],
    ['somebody of a later stage agreed', [said('apr_1', BOARD, { stage: 1 })]],
  ])('is missing where %s: there is no token', async (_name, approvals) => {
    await expect(consentOf(approvals)).rejects.toMatchObject({
      code: 'invalid_grant',
      description: 'nobody consented to the impersonation: make a new request',
    });
  });
});
