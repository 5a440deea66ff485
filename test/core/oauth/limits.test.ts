import { describe, expect, it } from 'vitest';
import type { Bound, TokenWish } from '../../../core/oauth/authority.ts';
import { authorityOf } from '../../../core/oauth/authority.ts';
import { OAuthError } from '../../../core/oauth/oauthError.ts';

const ONE = 'https://one.example';
const TWO = 'https://two.example';
const scope = [{ actions: ['a:read'], resources: [ONE, TWO] }];
const details = [
  { type: 'report', identifier: 'C-42', locations: [ONE] },
  { type: 'report', identifier: 'C-42', locations: [TWO] },
];

function refusal(bounds: readonly Bound[], wish: TokenWish): string {
  try {
    authorityOf({ scope, details }, [ONE, TWO], bounds, wish);
  } catch (error) {
    if (error instanceof OAuthError) return `${error.code}: ${error.description}`;
    throw error;
  }
  return 'none';
}

describe('the limits of a grant', () => {
  const LOST = /^invalid_authorization_details: .*the token would have no limit$/;
  it('are not left behind by going to another audience', () => {
    expect(refusal([{ scopes: ['a:read'], details: details.slice(0, 1) }], { audience: TWO })).toMatch(LOST);
    expect(refusal([{ scopes: ['a:read'], details }], { audience: TWO })).toBe('none');
  });
  it('are not wished away', () => {
    expect(refusal([], { audience: ONE, details: [] })).toMatch(LOST);
  });
});
