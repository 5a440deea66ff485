import type { Transport } from '../../tokens/download.ts';
import { jwksOf } from '../../tokens/jwkSet.ts';
import { createRemoteKeys } from '../../tokens/remoteKeys.ts';
import type { RemoteKeys } from '../../tokens/remoteKeys.ts';
import { readKeySet } from './keySet.ts';
import type { KeySet } from './keySet.ts';
import { Refusal } from './refusal.ts';

/** Where keys come from: the deployment's `jwks_uri`, or a set that the caller has. */
export type Keys = { readonly jwksUri: string } | { readonly keys: readonly object[] };

/** The keys that are good now; where they can't be had, a Refusal `keys_unavailable`. */
export type KeySource = RemoteKeys<KeySet>;

/** @throws TypeError for a given set that is none */
export function createKeySource(keys: Keys, typ: string, transport: Transport): KeySource {
  if (!('jwksUri' in keys)) return given(keys, typ);
  return createRemoteKeys({
    jwksUri: keys.jwksUri,
    transport,
    read: (jwks) => readKeySet(jwks, typ),
    unavailable: () => new Refusal('keys_unavailable', 'the keys of the issuer can’t be had now'),
  });
}

function given(keys: object, typ: string): KeySource {
  const jwks = jwksOf(keys);
  if (!jwks) throw new TypeError('`keys` is no JWK set');
  const set = readKeySet(jwks, typ);
  return { current: () => set, renewed: () => Promise.resolve(set) };
}
