import type { AccessTokenClaims } from '../../contract/accessToken.ts';
import { MAX_CHAIN } from '../../contract/accessToken.ts';
import { isJsonObject } from '../../tokens/strictJson.ts';
import type { JsonObject } from '../../tokens/strictJson.ts';
import { isThumbprint } from '../../tokens/thumbprint.ts';
import { Refusal } from './refusal.ts';

/**
 * The rules of `accessTokenClaims` in the contract, once more: without copies of the claims, since this is most of what a
 * verification costs beside the signature. A test holds the two together.
 */

type Fits = (value: unknown) => boolean;

const text =
  (min: number, max: number): Fits =>
  (value) =>
    typeof value === 'string' && value.length >= min && value.length <= max;
const matching =
  (pattern: RegExp, max = Infinity): Fits =>
  (value) =>
    typeof value === 'string' && value.length <= max && pattern.test(value);
const list =
  (max: number, item: Fits): Fits =>
  (value) =>
    Array.isArray(value) && value.length <= max && value.every(item);
const oneOf =
  (...values: readonly string[]): Fits =>
  (value) =>
    typeof value === 'string' && values.includes(value);
const whole =
  (min: number): Fits =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= min;

const seconds = whole(0);
const url = text(0, 2_048);
const id = matching(/^[\x21-\x7e]{1,128}$/);
const grantId = matching(/^grt_[0-9A-HJKMNP-TV-Z]{26}$/);
const sha256 = matching(/^[0-9a-f]{64}$/);
const principal = matching(
  /^(admin|support|customer|partner|workload):[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[\x20-\x7e]{1,255}$/,
);
const names = list(100, text(1, 1_000));
const scope = matching(/^([\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*)?$/, 4_000);
const acr = oneOf('urn:writ:acr:mfa', 'urn:writ:acr:single');
const kind = oneOf('delegation', 'impersonation');
const grantIds = list(10, grantId);
const project = text(1, 128);
const purpose = text(0, 1_000);
const uses = whole(1);

const DETAIL: ReadonlyMap<string, Fits> = new Map([
  ['type', text(1, 200)],
  ['locations', names],
  ['actions', names],
  ['datatypes', names],
  ['identifier', text(0, 1_000)],
  ['privileges', names],
]);

function detail(value: unknown): boolean {
  if (!isJsonObject(value) || value['type'] === undefined) return false;
  // Parsed from JSON: all that can be enumerated is its own.
  for (const name in value) {
    if (DETAIL.get(name)?.(value[name]) !== true) return false;
  }
  return true;
}

const details = list(100, detail);

/** Identity claims and nothing else, to a depth. */
function chain(value: unknown): boolean {
  let link = value;
  for (let depth = 0; link !== undefined; depth++) {
    if (depth === MAX_CHAIN || !isJsonObject(link) || !principal(link['sub'])) return false;
    const next = link['act'];
    if (Object.keys(link).length !== (next === undefined ? 1 : 2)) return false;
    link = next;
  }
  return true;
}

const confirmation: Fits = (value) =>
  isJsonObject(value) && Object.keys(value).length === 1 && isThumbprint(value['jkt'] ?? value['x5t#S256']);

function status(value: unknown): boolean {
  const at = isJsonObject(value) ? value['status_list'] : undefined;
  return isJsonObject(at) && seconds(at['idx']) && url(at['uri']);
}

const IMPERSONATION_NEEDS = ['act', 'cnf', 'consent'] as const;
/** Its subject did not sign in. */
const IMPERSONATION_LACKS = ['acr', 'auth_time'] as const;

/**
 * @param payload verified, and nobody else's: it is the result too
 * @throws Refusal `claim_invalid`, naming the claim and not its value
 */
export function readClaims(payload: JsonObject): AccessTokenClaims {
  // Each by its name: V8 reads a member that the code names several times faster than one that a table names.
  need(url(payload['iss']), 'iss');
  need(principal(payload['sub']), 'sub');
  need(url(payload['aud']), 'aud');
  need(id(payload['client_id']), 'client_id');
  need(seconds(payload['iat']), 'iat');
  may(seconds, payload['nbf'], 'nbf');
  need(seconds(payload['exp']), 'exp');
  need(id(payload['jti']), 'jti');
  need(scope(payload['scope']), 'scope');
  may(details, payload['authorization_details'], 'authorization_details');
  may(chain, payload['act'], 'act');
  may(confirmation, payload['cnf'], 'cnf');
  may(acr, payload['acr'], 'acr');
  may(seconds, payload['auth_time'], 'auth_time');
  need(kind(payload['kind']), 'kind');
  need(grantId(payload['grant_id']), 'grant_id');
  may(grantIds, payload['grant_chain'], 'grant_chain');
  need(id(payload['entitlement']), 'entitlement');
  need(project(payload['project']), 'project');
  need(purpose(payload['purpose']), 'purpose');
  need(sha256(payload['bundle']), 'bundle');
  may(id, payload['consent'], 'consent');
  may(uses, payload['max_uses'], 'max_uses');
  may(sha256, payload['source'], 'source');
  may(id, payload['region'], 'region');
  need(status(payload['status']), 'status');
  // Each claim of the type was looked at above; a test holds the rules to the contract's.
  const claims = payload as unknown as AccessTokenClaims;
  if (claims.kind !== 'impersonation') return claims;
  for (const name of IMPERSONATION_NEEDS) if (claims[name] === undefined) throw invalid(name);
  for (const name of IMPERSONATION_LACKS) if (claims[name] !== undefined) throw invalid(name);
  return claims;
}

function need(fits: boolean, name: keyof AccessTokenClaims): void {
  if (!fits) throw invalid(name);
}

function may(fits: Fits, value: unknown, name: keyof AccessTokenClaims): void {
  if (value !== undefined && !fits(value)) throw invalid(name);
}

function invalid(name: string): Refusal {
  return new Refusal('claim_invalid', `the claim \`${name}\` is missing or not acceptable`);
}
