import { randomBytes } from 'node:crypto';
import { createMemoryActivities } from '../../adapters/memory/memoryActivities.ts';
import { createMemoryKeyRing, createMemorySnapshots } from '../../adapters/memory/memoryKeyRing.ts';
import { createMemoryTokens } from '../../adapters/memory/memoryTokens.ts';
import type { MemoryState } from '../../adapters/memory/state.ts';
import { createClientAuthenticator } from '../../adapters/oauth/clientAuthentication.ts';
import { createOwnTokens } from '../../adapters/oauth/ownTokens.ts';
import { createPresentedTokens } from '../../adapters/oauth/presentedToken.ts';
import { createRefreshMint } from '../../adapters/oauth/refreshToken.ts';
import { createTokenVerifier } from '../../adapters/oidc/verifier.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { Clock } from '../../core/ports.ts';
import { clockNonces } from '../../tokens/dpopNonce.ts';
import { createMemorySigner } from '../adapters/oauth/memorySigner.ts';

export const ISSUER = 'https://writ.example';
export const TOKEN_ENDPOINT = `${ISSUER}/oauth2/token`;

/** What the authorization server stands on, with keys in memory; the issuers of the sample bundle all sign with one key. */
export function oauthParts({ state, clock, bundle }: { state: MemoryState; clock: Clock; bundle: PolicyBundle }) {
  const signer = createMemorySigner();
  const snapshotSigner = createMemorySigner();
  const idp = createMemorySigner();
  const verifier = createTokenVerifier(bundle.issuers, {
    clock,
    fetch: async () => new Response(JSON.stringify(await idp.jwks())),
  });
  const ownTokens = createOwnTokens({ issuerUrl: ISSUER, jwks: () => signer.jwks() });
  const nonces = clockNonces(Buffer.alloc(32, 7));
  const { clients } = bundle;
  return {
    idp,
    signer,
    snapshotSigner,
    verifier,
    ownTokens,
    clients: createClientAuthenticator({ clients, issuerUrl: ISSUER, tokenEndpoint: TOKEN_ENDPOINT, clock, verifier }),
    presented: createPresentedTokens({ verifier, ownTokens, clients, issuerUrl: ISSUER, clock }),
    tokens: createMemoryTokens(state),
    activities: createMemoryActivities(state),
    rings: createMemoryKeyRing(state),
    snapshots: createMemorySnapshots(state),
    refresh: createRefreshMint(randomBytes),
    nonces: async () => ({ current: nonces.current(clock()), accepted: nonces.accepted(clock()) }),
    issuerUrl: ISSUER,
    tokenEndpoint: TOKEN_ENDPOINT,
    statusListUrl: `${ISSUER}/v1/revocations/snapshot`,
    region: 'eu-central-1',
  };
}
