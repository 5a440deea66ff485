import { describe, expect, it } from 'vitest';
import { parseAccessTokenClaims } from '../../../adapters/oauth/accessTokenClaims.ts';
import { consumeBody } from '../../../contract/schemas.ts';
import { lookUpForm } from '../../../contract/oauth.ts';
import type { AccessTokenClaims } from '../../../core/oauth/accessToken.ts';
import { TOKEN_LIMITS } from '../../../core/oauth/accessToken.ts';
import { MAX_TOKEN_LENGTH } from '../../../tokens/compactJws.ts';
import type { TokenSystem } from './sender.ts';
import { claimsOf, createHolderKey, createTokenSystem } from './sender.ts';

const CHUNK = 250;

/** A wish that lies within the grant, and fills the token by its length. */
function detailsOf(characters: number): string {
  const names = Array.from({ length: Math.ceil(characters / CHUNK) }, (_, index) =>
    `${index}`.padEnd(Math.min(CHUNK, characters - index * CHUNK), 'x'),
  );
  const locations = ['https://billing.example.com'];
  const detail = { type: 'billing_report', identifier: 'C-42', locations, actions: ['read'] };
  const privileges = names.slice(16);
  return JSON.stringify([{ ...detail, datatypes: names.slice(0, 16), ...(privileges.length > 0 && { privileges }) }]);
}

const exchange = async (system: TokenSystem, grantId: string, characters: number, proof: string) =>
  system.send(system.exchangeForm(grantId, { authorization_details: detailsOf(characters) }), { proof });

describe('a token that would be too long to be read', () => {
  it('is not made, leaves nothing behind, and uses nothing up', async () => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const proof = await system.proofFor(createHolderKey());
    const { status, error, description } = await exchange(system, grantId, 7_000, proof);
    expect([status, error, description]).toEqual([400, 'invalid_request', expect.stringMatching(/name less in scope/)]);
    const { items } = await system.deps.audit.ofStream(grantId, { limit: 99 });
    expect(items.map(({ type }) => type)).not.toContain('token.issued');
    expect((await exchange(system, grantId, 10, proof)).status).toBe(200);
  });

  it('is little longer than one that is good', async () => {
    const system = createTokenSystem();
    const grantId = await system.grantOf('alice', {});
    const ask = async (characters: number) =>
      exchange(system, grantId, characters, await system.proofFor(createHolderKey()));
    let token = '';
    let characters = 4_250;
    for (let answer = await ask(characters); answer.status === 200; answer = await ask((characters += 50))) {
      token = String(answer.body['access_token']);
    }
    expect((await ask(characters)).error).toBe('invalid_request');
    expect(token.length).toBeGreaterThan(8_100);
    expect((await system.introspect(token)).body['active']).toBe(true);
  });

  it('is measured as its readers do', async () => {
    expect(MAX_TOKEN_LENGTH).toBe(TOKEN_LIMITS.characters);
    for (const [characters, taken] of [
      [TOKEN_LIMITS.characters, true],
      [TOKEN_LIMITS.characters + 1, false],
    ] as const) {
      const token = 'x'.repeat(characters);
      expect(lookUpForm.safeParse({ token }).success).toBe(taken);
      expect(consumeBody.safeParse({ token, requestId: 'request-1' }).success).toBe(taken);
    }
    const system = createTokenSystem();
    const claims = claimsOf((await system.aliceToken()).token);
    const read = (over: Partial<AccessTokenClaims>) => parseAccessTokenClaims({ ...claims, ...over }) !== undefined;
    const details = (length: number) => Array.from({ length }, () => ({ type: 'a' }));
    const { scopeCharacters, details: most } = TOKEN_LIMITS;
    expect([read({ scope: 'x'.repeat(scopeCharacters) }), read({ scope: 'x'.repeat(scopeCharacters + 1) })]).toEqual([
      true,
      false,
    ]);
    expect([
      read({ authorization_details: details(most) }),
      read({ authorization_details: details(most + 1) }),
    ]).toEqual([true, false]);
  });
});
