import { expect, it } from 'vitest';
import { createHandler as snapshotDuty } from '../../../functions/snapshot/app.ts';
import type { VerifyError } from '../../../sdk/verify/index.ts';
import { createVerifier } from '../../../sdk/verify/index.ts';
import { encodeStatusList } from '../../../tokens/statusList.ts';
import type { TokenSystem } from './sender.ts';
import { athOf, claimsOf, createTokenSystem } from './sender.ts';

/*
 * What ended is known to verifiers by the list within five seconds, at worst: by the clock of the system, which stands
 * still unless it is moved on.
 *
 *     the stream wakes the builder   1 s    (it gathers nothing: `test/infra/functions.test.ts`)
 *     a cache keeps the list before  as its `cache-control` says
 *     the verifier keeps it          as its `ttl` says
 */

const STREAM_MS = 1_000;
const BOUND_MS = 5_000;
const STEP_MS = 100;
const AUDIENCE = 'https://billing.example.com';

const publisherOf = ({ deps, oauth }: TokenSystem) =>
  snapshotDuty({
    ...deps,
    ...oauth,
    encode: encodeStatusList,
    sign: async (claims) =>
      oauth.snapshotSigner.signText({ typ: 'statuslist+jwt', alg: 'ES256', kid: oauth.snapshotSigner.kid }, claims),
  });

/** A cache between verifiers and Writ, which keeps what it may for as long as it may. */
function cacheBefore(system: TokenSystem) {
  const { clock } = system.deps;
  let kept: { readonly body: string; readonly until: number } | undefined;
  const fetch = async (): Promise<Response> => {
    if (!kept || clock() >= kept.until) {
      const { raw } = await system.call('getSnapshot', undefined);
      const seconds = Number(/^public, max-age=(\d+)$/.exec(String(raw.headers?.['cache-control']))?.[1]);
      kept = { body: raw.body, until: clock() + seconds * 1000 };
    }
    return new Response(kept.body, { headers: { 'content-type': 'application/statuslist+jwt' } });
  };
  return { fetch, keptUntil: () => kept?.until ?? 0 };
}

it.each([
  ['revoked by its client', (system: TokenSystem, token: string) => system.revoke(token)],
  [
    'of a grant that is returned',
    (system: TokenSystem, _: string, id: string) => system.call('returnGrant', 'alice', { path: { id } }),
  ],
])('a token that is %s is refused within five seconds', async (_, end) => {
  const system = createTokenSystem();
  const { deps, oauth } = system;
  const publish = publisherOf(system);
  const { token, key, grantId } = await system.aliceToken();
  await publish();
  const cache = cacheBefore(system);
  const verifier = createVerifier({
    issuer: 'https://writ.example',
    audience: AUDIENCE,
    keys: await oauth.signer.jwks(),
    revocation: { snapshot: { keys: await oauth.snapshotSigner.jwks() } },
    clock: deps.clock,
    fetch: cache.fetch,
  });
  const verdict = async (): Promise<string> => {
    const claims = { htm: 'GET', htu: `${AUDIENCE}/`, nonce: undefined, ath: athOf(token) };
    const dpop = await system.proofFor(key, claims);
    const headers = { authorization: `DPoP ${token}`, dpop };
    return verifier.verify({ method: 'GET', url: '/', headers }).then(
      () => 'accepted',
      (error: unknown) => (error as VerifyError).code,
    );
  };

  // At worst: the cache took the old list just before the new one was there, and the verifier took it at its very end.
  const endedAt = deps.clock();
  await end(system, token, grantId);
  system.pass(STREAM_MS - STEP_MS);
  await cache.fetch();
  system.pass(STEP_MS);
  await publish();
  const { iat, num, ttl } = claimsOf((await system.call('getSnapshot', undefined)).raw.body);
  expect([num, Number(iat) * 1000 - endedAt]).toEqual([2, STREAM_MS]);
  system.pass(cache.keptUntil() - STEP_MS - deps.clock());
  expect(await verdict()).toBe('accepted');
  // It looks for a newer one only when it is asked, so it is asked as late as it still trusts the old one.
  system.pass(Number(ttl) * 1000 - STEP_MS);
  expect(await verdict()).toBe('accepted');
  system.pass(endedAt + BOUND_MS - deps.clock());
  expect(await verdict()).toBe('token_revoked');
});
