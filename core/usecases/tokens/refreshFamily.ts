import type { TokenTerms } from '../../delegation.ts';
import type { TokenKind } from '../../entitlement.ts';
import type { Actor } from '../../oauth/actorChain.ts';
import { actorsOf } from '../../oauth/actorChain.ts';
import type { Authority } from '../../oauth/authority.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { RefreshFamily } from '../../oauth/refresh.ts';
import { SIGN_IN_MS } from '../../oauth/refresh.ts';
import type { Principal, PrincipalId } from '../../principal.ts';
import type { LiveGrant } from './liveGrant.ts';
import type { TokenOrder } from './mintToken.ts';
import type { TokenAsk, TokenDeps } from './tokenDeps.ts';

/** Makes, reads and seals refresh tokens. The tokens are secret; nothing but their hashes is kept. */
export interface RefreshMint {
  mint(familyId: string): { readonly token: string; readonly sha256: string };
  /** Undefined for text that is no refresh token. */
  read(token: string): { readonly familyId: string; readonly sha256: string } | undefined;
  /** The successor under a key that only the old token yields. */
  seal(oldToken: string, newToken: string, family: { readonly id: string; readonly generation: number }): string;
  /** Undefined when the old token does not open it. */
  open(
    oldToken: string,
    sealed: string,
    family: { readonly id: string; readonly generation: number },
  ): string | undefined;
}

type BeginDeps = Pick<TokenDeps, 'ids' | 'clock' | 'sha256' | 'region'> & { readonly refresh: RefreshMint };

/**
 * The refresh family that a token begins, where the entitlement has such and the token is bound to its client. An
 * impersonation has none.
 */
export function beginFamily(
  { ids, refresh, clock, sha256: hash, region }: BeginDeps,
  { client, clientPrincipal, confirmation, sourceIp }: TokenAsk,
  grant: LiveGrant,
  { kind, terms }: TokenKind,
  {
    principal,
    sub,
    act,
  }: { readonly principal: Principal; readonly sub: PrincipalId; readonly act?: Actor | undefined },
): Pick<TokenOrder, 'family'> {
  if (kind !== 'token' || !terms.refresh || !confirmation) return {};
  return {
    family: ({ audience, scopes, details }: Authority) => {
      const id = ids.family();
      const now = clock();
      const over = grant.state.expiresAt;
      const { token, sha256 } = refresh.mint(id);
      const to: RefreshFamily = {
        id,
        generation: 1,
        grantId: grant.id,
        clientId: client.id,
        confirmation,
        principal,
        subject: sub,
        actors: actorsOf(act),
        audience,
        scopes,
        details,
        ...(terms.bind.includes('address') && { source: hash(`${id}|${sourceIp}`) }),
        ...(terms.bind.includes('region') && { region }),
        currentSha256: sha256,
        startedAt: now,
        expiresAt: principal.id === clientPrincipal.id ? over : Math.min(over, now + SIGN_IN_MS),
      };
      return { change: { from: undefined, to }, refreshToken: token };
    },
  };
}

/**
 * What the family's next token is bound to, besides what the entitlement says now: to the place where the family began. An
 * address that was not asked for then is not known, so it can't be kept.
 *
 * @throws OAuthError `invalid_grant` elsewhere
 */
export function placeOf(
  { sha256, region }: Pick<TokenDeps, 'sha256' | 'region'>,
  family: RefreshFamily,
  bind: TokenTerms['bind'],
  sourceIp: string,
): TokenTerms['bind'] {
  const keepsAddress = family.source !== undefined || bind.includes('address');
  if (keepsAddress && family.source !== sha256(`${family.id}|${sourceIp}`)) {
    throw new OAuthError('invalid_grant', 'the refresh token is bound to another address: exchange anew');
  }
  if (family.region !== undefined && family.region !== region) {
    throw new OAuthError('invalid_grant', 'the refresh token is bound to another Region: exchange anew');
  }
  return [
    ...(family.source === undefined ? [] : ['address' as const]),
    ...(family.region === undefined ? [] : ['region' as const]),
  ];
}
