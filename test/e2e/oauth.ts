/** Tokens by hand: forms, DPoP proofs and client assertions as the RFCs have them, with nothing in between. */
import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import type { GrantView } from '../../contract/schemas.ts';
import type { AccessTokenClaims } from '../../core/oauth/accessToken.ts';
import type { Urls } from '../../local/context.ts';
import { sampleClientKey } from '../../local/samples/clientKeys.ts';
import type { Answer, Caller } from './harness.ts';
import { tokensOf } from './harness.ts';

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
export const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export type Fields = Readonly<Record<string, string>>;

export interface TokenBody {
  readonly access_token: string;
  readonly token_type: string;
  readonly issued_token_type?: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly authorization_details?: readonly object[];
  readonly refresh_token?: string;
  /** Instead of all that. */
  readonly error?: string;
  readonly error_description?: string;
}

export interface Introspected extends Partial<AccessTokenClaims> {
  readonly active: boolean;
  readonly token_type?: string;
}

/** A key that tokens are bound to. */
export interface ProofKey {
  readonly jkt: string;
  readonly publicJwk: JWK;
  readonly privateKey: CryptoKey;
}

export async function proofKey(): Promise<ProofKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const publicJwk = await exportJWK(publicKey);
  return { publicJwk, privateKey, jkt: await calculateJwkThumbprint(publicJwk) };
}

/** RFC 9449 §4.2. */
export function proof(key: ProofKey, url: string, claims: object = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ jti: randomUUID(), htm: 'POST', htu: url, iat: now, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk })
    .sign(key.privateKey);
}

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Form fields by which a sample client says who it is (RFC 7523 §2.2). */
export async function asClient({ api }: Pick<Urls, 'api'>, clientId: string): Promise<Fields> {
  return { client_assertion_type: ASSERTION, client_assertion: await assertion(api, clientId) };
}

export async function assertion(audience: string, clientId: string): Promise<string> {
  const key = sampleClientKey(clientId);
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat: now, exp: now + 60 })
    .setProtectedHeader({ alg: 'ES256', typ: 'client-authentication+jwt', kid: key.kid })
    .sign({ ...key });
}

export async function postForm<T>(url: string, fields: Fields, headers: Fields = {}): Promise<Answer<T>> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as T };
}

export const tokenEndpoint = ({ api }: Pick<Urls, 'api'>): string => `${api}/oauth2/token`;

/** The nonce that proofs need now: what the first proof of a client is answered with (RFC 9449 §8). */
export async function nonceOf(urls: Pick<Urls, 'api'>): Promise<string> {
  const url = tokenEndpoint(urls);
  const key = await proofKey();
  const answer = await postForm<TokenBody>(
    url,
    { grant_type: 'client_credentials', grant_id: 'grt_1', client_id: 'writ-cli' },
    { dpop: await proof(key, url) },
  );
  const nonce = answer.headers.get('dpop-nonce');
  if (nonce === null) throw new Error(`no nonce: ${answer.status} ${answer.text}`);
  return nonce;
}

/** Asks for a token, bound to the key where there is one. */
export async function askToken(urls: Pick<Urls, 'api'>, fields: Fields, key?: ProofKey): Promise<Answer<TokenBody>> {
  const url = tokenEndpoint(urls);
  if (!key) return postForm(url, fields);
  return postForm(url, fields, { dpop: await proof(key, url, { nonce: await nonceOf(urls) }) });
}

/** @throws {Error} with the whole answer where there is none */
export function issued(answer: Answer<TokenBody>): TokenBody {
  if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${answer.text}`);
  return answer.body;
}

export const refusal = ({ status, body }: Answer<TokenBody>): string => `${status} ${body.error ?? 'a token'}`;

/** Fields of an exchange by the command line, a public client. */
export const exchangeBy = (grant: Pick<GrantView, 'id'>, subjectToken: string, more: Fields = {}): Fields => ({
  grant_type: EXCHANGE,
  client_id: 'writ-cli',
  grant_id: grant.id,
  subject_token: subjectToken,
  subject_token_type: ACCESS_TOKEN,
  ...more,
});

/** A token of somebody's grant, by the command line and bound to its key. */
export async function exchanged(
  urls: Urls,
  user: string,
  grant: Pick<GrantView, 'id'>,
  more: Fields = {},
): Promise<{ readonly token: TokenBody; readonly key: ProofKey }> {
  const { access_token: signIn } = await tokensOf(urls, user);
  const key = await proofKey();
  return { token: issued(await askToken(urls, exchangeBy(grant, signIn, more), key)), key };
}

/** As the server of its audience sees it now. */
export async function introspect(urls: Pick<Urls, 'api'>, server: string, token: string): Promise<Introspected> {
  const fields = { token, ...(await asClient(urls, server)) };
  const answer = await postForm<Introspected>(`${urls.api}/oauth2/introspect`, fields);
  if (answer.status !== 200) throw new Error(`no introspection: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** What it says, unverified. */
export const claimsOf = (token: string): AccessTokenClaims => decodeJwt<AccessTokenClaims>(token);
export const kidOf = (token: string): string | undefined => decodeProtectedHeader(token).kid;

/** The request of the sample catalogue that is granted at once. */
export const REPORTS_OF_C42 = {
  entitlement: 'billing-report',
  parameters: { customer: 'C-42' },
  durationSeconds: 3_600,
  purpose: 'close the quarter',
  justification: 'the reports are due on Friday',
  ticket: undefined,
} as const;

export const BILLING = 'https://billing.example.com';
export const AGENT = 'workload:client:report-agent';

/** Lends a grant of {@link REPORTS_OF_C42} on to the agent, for reading. */
export const lendOn = (holder: Caller, parent: Pick<GrantView, 'id'>, changes: object = {}) =>
  holder.post<GrantView>('/v1/grants', {
    ...REPORTS_OF_C42,
    parent: parent.id,
    actor: AGENT,
    scope: [{ actions: ['reports:read'], resources: [BILLING] }],
    authorizationDetails: [{ type: 'billing_report', locations: [BILLING], identifier: 'C-42', actions: ['read'] }],
    durationSeconds: 600,
    ...changes,
  });
