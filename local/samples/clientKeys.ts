/**
 * Private keys of the sample clients, for tests and tools on this machine. `clientKeys.json` is in the repository, so
 * they prove nothing anywhere else: synth refuses a deployment that trusts one of them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An EC key on P-256 as a JWK, with its private member `d`. */
export interface SampleKey {
  readonly kid: string;
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

const FILE = join(import.meta.dirname, 'clientKeys.json');
let keys: Readonly<Record<string, SampleKey>> | undefined;

/** What the sample client of this `client_id` signs with. @throws Error for a client without a key */
export function sampleClientKey(clientId: string): SampleKey {
  keys ??= (JSON.parse(readFileSync(FILE, 'utf8')) as { readonly keys: Readonly<Record<string, SampleKey>> }).keys;
  const key = Object.hasOwn(keys, clientId) ? keys[clientId] : undefined;
  if (!key) throw new Error(`the sample client \`${clientId}\` has no key`);
  return key;
}
