import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { ISSUER_DOMAINS } from './people.ts';
import type { IssuerDomain } from './people.ts';

/** The provider's secrets. Kept, so that tokens and key ids stay good over a restart. */
export interface IssuerState {
  readonly cookieSecret: string;
  /** Private ES256 keys: one for each issuer, so that no domain can sign for another. */
  readonly keys: Readonly<Record<IssuerDomain, JWK>>;
}

/**
 * Reads the state from `<directory>/issuer.json`, or makes it at the first start, readable by the owner alone.
 *
 * @throws Error with one clear line when the file can't be read, written or understood
 */
export function loadState(directory: string): IssuerState {
  const path = join(directory, 'issuer.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (!isMissing(error))
      throw new Error(`can\u2019t read the local issuer\u2019s keys from ${path}`, { cause: error });
    const state = makeState();
    writeState(directory, path, state);
    return state;
  }
  const state = parseState(text);
  if (!state) throw new Error(`${path} does not hold the local issuer\u2019s keys; remove it to make new ones`);
  chmodSync(path, 0o600);
  return state;
}

function makeState(): IssuerState {
  const make = (domain: IssuerDomain): JWK => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const kid = `${domain}-${randomBytes(6).toString('hex')}`;
    return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
  };
  return {
    cookieSecret: randomBytes(32).toString('base64url'),
    keys: { admin: make('admin'), support: make('support'), customer: make('customer'), workload: make('workload') },
  };
}

/** A crash leaves the old file or the new one, never a half. */
function writeState(directory: string, path: string, state: IssuerState): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, `${JSON.stringify(state)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new Error(`can\u2019t write the local issuer\u2019s keys to ${path}`, { cause: error });
  }
}

function parseState(text: string): IssuerState | undefined {
  try {
    const state = JSON.parse(text) as Partial<IssuerState> | null;
    const whole =
      typeof state?.cookieSecret === 'string' && ISSUER_DOMAINS.every((domain) => state.keys?.[domain].kty === 'EC');
    return whole ? (state as IssuerState) : undefined;
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
