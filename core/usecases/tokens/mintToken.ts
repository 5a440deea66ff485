import type { TokenTerms } from '../../delegation.ts';
import type { TokenKind } from '../../entitlement.ts';
import { leafOf } from '../../leafOf.ts';
import type { AccessTokenClaims, Acr, TokenRecord } from '../../oauth/accessToken.ts';
import { TOKEN_LIMITS } from '../../oauth/accessToken.ts';
import type { Actor } from '../../oauth/actorChain.ts';
import { actorsOf } from '../../oauth/actorChain.ts';
import type { Authority, Bound } from '../../oauth/authority.ts';
import { authorityOf } from '../../oauth/authority.ts';
import { OAuthError } from '../../oauth/oauthError.ts';
import type { TokenCommit } from '../../oauth/ports.ts';
import { presentedBefore } from '../../oauth/presentedBefore.ts';
import type { RefreshFamily } from '../../oauth/refresh.ts';
import type { PrincipalId, PrincipalRef } from '../../principal.ts';
import type { LiveGrant } from './liveGrant.ts';
import { holdsOf } from './liveGrant.ts';
import type { IssuedToken, TokenAsk, TokenDeps } from './tokenDeps.ts';

/** What is to be minted, after every decision. */
export interface TokenOrder {
  readonly ask: TokenAsk;
  readonly grant: LiveGrant;
  readonly entitlement: TokenKind;
  readonly sub: PrincipalId;
  readonly act?: Actor;
  /** What else limits it: the client, the subject token, an actor. */
  readonly bounds: readonly Bound[];
  /** Epoch milliseconds: no later than the subject token. */
  readonly notAfter: number;
  readonly strength: { readonly acr?: Acr; readonly authTime?: number };
  /** What it is bound to by what came before it, whatever the entitlement says now. */
  readonly bind?: TokenTerms['bind'];
  /** The token that it is exchanged for, where that is one of Writ's. */
  readonly origin?: TokenRecord;
  /** Who is recorded as having it. */
  readonly by: PrincipalRef;
  /** The refresh family that it begins or continues, once it is known what the token carries. */
  readonly family?: (authority: Authority) => {
    readonly change: { readonly from: RefreshFamily | undefined; readonly to: RefreshFamily };
    readonly refreshToken: string;
  };
}

/** The status list is sparse: that this many entries in a row are another's does not happen. */
const SLOT_ATTEMPTS = 6;

/**
 * Mints a token:
 *
 *     sign by KMS → one transaction: leaf, record, holds on grant and ancestors, marks → answer
 *
 * Signing leaves nothing behind, so a token whose commit is refused, or of unknown outcome, was never issued: it is
 * thrown away. The leaf is durable before the token leaves (I3).
 *
 * @throws OAuthError `invalid_request`, `invalid_grant`, `invalid_scope`, `invalid_target`,
 * `invalid_authorization_details`, `invalid_dpop_proof`, `invalid_client`; whatever signer and store reject with
 */
export async function mintToken(deps: TokenDeps, order: TokenOrder): Promise<IssuedToken> {
  const { ask, grant } = order;
  checkConstraint(order);
  const authority = authorityOf(
    { scope: grant.scope, details: grant.request.details ?? [] },
    ask.client.audiences,
    [{ scopes: ask.client.scopes }, ...order.bounds],
    ask.wish,
  );
  const family = order.family?.(authority);
  for (let attempt = 0; attempt < SLOT_ATTEMPTS; attempt++) {
    const claims = claimsOf(deps, order, authority);
    const accessToken = await deps.signer.sign('at+jwt', claims);
    checkSize(claims, accessToken);
    const outcome = await deps.tokens.issueToken({
      token: recordOf(claims, order, family?.change.to.id),
      holds: holdsOf(grant),
      marks: ask.marks,
      ...(family && { family: family.change }),
      leaf: issuedLeaf(deps, order, claims),
    });
    if (outcome.result === 'slot_taken') continue;
    if (outcome.result !== 'committed') throw refusal(outcome);
    return {
      accessToken,
      bound: boundOf(claims),
      expiresInSeconds: claims.exp - claims.iat,
      scopes: authority.scopes,
      details: authority.details,
      ...(family && { refreshToken: family.refreshToken }),
    };
  }
  throw new OAuthError('temporarily_unavailable', 'no free entry in the status list: try again');
}

/** A token that anybody could use who finds it is made only where both entitlement and client allow it. */
function checkConstraint({ ask: { client, confirmation }, entitlement }: TokenOrder): void {
  if (confirmation || (entitlement.terms.bearer && client.senderConstraint === 'none')) {
    if (client.senderConstraint === 'mtls' && confirmation && 'jkt' in confirmation) {
      throw new OAuthError('invalid_request', 'tokens of this client are bound to its certificate: send no DPoP proof');
    }
    return;
  }
  throw new OAuthError(
    'invalid_request',
    client.senderConstraint === 'mtls'
      ? 'tokens of this client are bound to its certificate: connect with it'
      : 'the token must be bound to a key: send a DPoP proof (RFC 9449)',
  );
}

function claimsOf(deps: TokenDeps, order: TokenOrder, { audience, scopes, details }: Authority): AccessTokenClaims {
  const { ask, grant, entitlement, sub, act, strength } = order;
  const { terms, kind } = entitlement;
  const bind = [...terms.bind, ...(order.bind ?? [])];
  const now = deps.clock();
  const iat = Math.floor(now / 1000);
  const last = Math.min(now + terms.lifetimeSeconds * 1000, grant.state.expiresAt, order.notAfter);
  const exp = Math.floor(last / 1000);
  if (exp <= iat) throw new OAuthError('invalid_grant', 'less than a second is left: make a new request');
  const jti = deps.ids.token();
  return {
    iss: deps.issuerUrl,
    sub,
    aud: audience,
    client_id: ask.client.id,
    iat,
    exp,
    jti,
    scope: scopes.join(' '),
    ...(details.length > 0 && { authorization_details: details }),
    ...(act && { act }),
    ...(ask.confirmation && { cnf: ask.confirmation }),
    ...(strength.acr && { acr: strength.acr }),
    ...(strength.authTime !== undefined && { auth_time: strength.authTime }),
    kind: kind === 'impersonation' ? 'impersonation' : 'delegation',
    grant_id: grant.id,
    ...(grant.lineage && { grant_chain: grant.lineage.map(({ grantId }) => grantId) }),
    entitlement: entitlement.id,
    project: entitlement.project,
    purpose: grant.request.purpose,
    bundle: deps.engine.bundle.sha256,
    ...(kind === 'impersonation' && consentTo(grant)),
    ...(terms.maxUsesPerToken !== undefined && { max_uses: terms.maxUsesPerToken }),
    ...(bind.includes('address') && { source: deps.sha256(`${jti}|${ask.sourceIp}`) }),
    ...(bind.includes('region') && { region: deps.region }),
    status: { status_list: { idx: deps.ids.statusIndex(), uri: deps.statusListUrl } },
  };
}

/** Before anything is written: what nobody can read was never issued. */
function checkSize({ scope, authorization_details: details = [] }: AccessTokenClaims, token: string): void {
  const { characters, scopeCharacters, details: most } = TOKEN_LIMITS;
  if (token.length <= characters && scope.length <= scopeCharacters && details.length <= most) return;
  throw new OAuthError(
    'invalid_request',
    `the token would be longer than its readers take (${characters} characters): name less in scope and authorization_details`,
  );
}

/**
 * The consent that an impersonation rests on: the subject's own, else that of whom the chain asks in their place. Its
 * first stage asks nobody else (`adapters/bundle/impersonation.ts`).
 *
 * @throws OAuthError `invalid_grant` without any
 */
function consentTo({ approvals, request: { subject }, requestSha256 }: LiveGrant): { readonly consent: string } {
  const given = approvals.filter(
    (approval) =>
      approval.stage === 0 &&
      approval.verdict === 'approve' &&
      approval.withdrawnAt === undefined &&
      approval.requestSha256 === requestSha256,
  );
  const consent = given.find(({ by }) => by.id === subject) ?? given[0];
  if (!consent) throw new OAuthError('invalid_grant', 'nobody consented to the impersonation: make a new request');
  return { consent: consent.id };
}

const recordOf = (
  claims: AccessTokenClaims,
  { grant: { narrowings }, origin }: TokenOrder,
  family = origin?.family,
): TokenRecord => ({
  jti: claims.jti,
  grantId: claims.grant_id,
  clientId: claims.client_id,
  statusIndex: claims.status.status_list.idx,
  issuedAt: claims.iat * 1000,
  expiresAt: claims.exp * 1000,
  narrowings,
  ...(family !== undefined && { family }),
  ...(origin && { origins: [...(origin.origins ?? []), origin.jti] }),
  uses: 0,
});

function issuedLeaf(deps: TokenDeps, { grant, by }: TokenOrder, claims: AccessTokenClaims) {
  return leafOf(deps, grant, {
    type: 'token.issued',
    role: 'event',
    at: claims.iat * 1000,
    by,
    facts: {
      token: claims.jti,
      client: claims.client_id,
      audience: claims.aud,
      scope: claims.scope,
      kind: claims.kind,
      actors: actorsOf(claims.act).length,
      bound: boundOf(claims) ?? 'no',
      expiresAt: claims.exp * 1000,
      // The bundle that allowed this token; the grant's own decision may be of an earlier one.
      bundle: claims.bundle,
    },
  });
}

/** The family moved between reading and committing. */
export class RefreshRaced extends OAuthError {
  constructor() {
    super('invalid_grant', 'the refresh token was used meanwhile: try again');
  }
}

const boundOf = ({ cnf }: AccessTokenClaims): IssuedToken['bound'] =>
  cnf === undefined ? undefined : 'jkt' in cnf ? 'dpop' : 'mtls';

function refusal(outcome: Exclude<TokenCommit, { result: 'committed' | 'slot_taken' }>): OAuthError {
  switch (outcome.result) {
    case 'moved':
      return new OAuthError('invalid_grant', 'the grant ended or changed meanwhile: look at it, then try again');
    case 'replayed':
      return presentedBefore(outcome.mark);
    case 'refreshed':
      return new RefreshRaced();
  }
}
