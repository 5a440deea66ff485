import type { OAuthClient } from '../../core/oauth/client.ts';
import { principalOfClient } from '../../core/oauth/client.ts';
import { OAuthError } from '../../core/oauth/oauthError.ts';
import type { MayAct, PresentedToken } from '../../core/oauth/subjectToken.ts';
import type { Clock } from '../../core/ports.ts';
import { parseCompactJws } from '../../tokens/compactJws.ts';
import { member } from '../../tokens/strictJson.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';
import type { NamedActor } from '../oidc/presenting.ts';
import { TokenError } from '../oidc/tokenError.ts';
import type { TokenVerifier } from '../oidc/verifier.ts';
import type { OwnTokens } from './ownTokens.ts';

const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:';
/** What may be presented (RFC 8693 §3). Either name will do: where a token comes from decides how it is verified. */
const ACCEPTED_TYPES = new Set(['access_token', 'jwt'].map((name) => TOKEN_TYPE + name));
/** What to do instead, for types that somebody could hold. */
const REFUSED_TYPES: Readonly<Record<string, string>> = {
  [`${TOKEN_TYPE}refresh_token`]: 'a refresh token is no subject or actor: exchange it by grant_type=refresh_token',
  [`${TOKEN_TYPE}id_token`]: 'an ID token is for its client alone: send the access token that came with it',
  [`${TOKEN_TYPE}saml1`]: 'SAML is not spoken here: send a JWT access token',
  [`${TOKEN_TYPE}saml2`]: 'SAML is not spoken here: send a JWT access token',
};

export interface PresentedTokens {
  /**
   * Verifies a subject or actor token, by where it comes from.
   *
   * @throws OAuthError `invalid_request` (RFC 8693 §2.2.2), which holds nothing of the token; `temporarily_unavailable`
   */
  read(token: string, tokenType: string): Promise<PresentedToken>;
}

export interface PresentedTokensOptions {
  readonly verifier: Pick<TokenVerifier, 'verify'>;
  readonly ownTokens: OwnTokens;
  readonly clients: readonly OAuthClient[];
  /** The `iss` of Writ's own tokens, exactly. */
  readonly issuerUrl: string;
  readonly clock: Clock;
}

export function createPresentedTokens(options: PresentedTokensOptions): PresentedTokens {
  const { verifier, ownTokens, clients, issuerUrl, clock } = options;

  async function readOwn(token: string): Promise<PresentedToken> {
    const claims = await ownTokens.read(token);
    if (!claims) throw refused('it is no access token that Writ signed');
    // These clocks are ours, so there is no skew to allow for.
    if (claims.exp * 1000 <= clock()) throw refused('it has expired');
    return { from: 'writ', claims, expiresAt: claims.exp * 1000 };
  }

  async function readForeign(token: string): Promise<PresentedToken> {
    const { principal, client, jkt, mayAct, expiresAt } = await verifier.verify(token).catch(asOAuth);
    const named = mayAct && actorOf(mayAct);
    return {
      from: 'issuer',
      principal,
      client,
      expiresAt,
      ...(jkt !== undefined && { jkt }),
      ...(named && { mayAct: named }),
    };
  }

  /** Writ's own clients are named by its URL and their id: most have no identity provider that could name them. */
  function actorOf({ issuer, subject, actor }: NamedActor): MayAct {
    if (issuer !== issuerUrl) return { actor };
    const client = clients.find(({ id }) => id === subject);
    return { actor: client && principalOfClient(client) };
  }

  return {
    async read(token, tokenType) {
      if (!ACCEPTED_TYPES.has(tokenType)) throw typeRefused(tokenType);
      return issuerOf(token) === issuerUrl ? readOwn(token) : readForeign(token);
    },
  };
}

/** Not verified yet: it only says who has to. */
function issuerOf(token: string): unknown {
  try {
    return member(parseCompactJws(token).payload, 'iss');
  } catch (error) {
    throw error instanceof TokenFault ? refused(error.message) : error;
  }
}

function asOAuth(error: unknown): never {
  if (!(error instanceof TokenError)) throw error;
  if (error.status === 503) {
    throw new OAuthError('temporarily_unavailable', 'the keys of the token issuer can not be had now: try again');
  }
  throw refused(error.message);
}

function typeRefused(tokenType: string): OAuthError {
  const instead = Object.hasOwn(REFUSED_TYPES, tokenType) ? REFUSED_TYPES[tokenType] : undefined;
  return new OAuthError('invalid_request', instead ?? `the token type must be one of ${[...ACCEPTED_TYPES].join(' ')}`);
}

/** The texts of verifiers name members and rules alone. RFC 6749 §5.2 has no typographic apostrophe. */
const refused = (why: string): OAuthError =>
  new OAuthError('invalid_request', `a subject or actor token was refused: ${why.replaceAll('\u2019', "'")}`);
