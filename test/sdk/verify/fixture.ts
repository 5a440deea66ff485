import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { createVerifier, VERIFY_ERRORS, VerifyError } from '../../../sdk/verify/index.ts';
import type { PresentedRequest, Verifier, VerifierOptions, VerifyContext } from '../../../sdk/verify/index.ts';
import { encodeStatusList } from '../../../tokens/statusList.ts';
import { thumbprintOf } from '../../../tokens/thumbprint.ts';

/** 2026-11-21T12:00:00Z in epoch milliseconds. */
export const NOW = 1_795_262_400_000;
export const NOW_S = NOW / 1000;
export const ISSUER = 'https://writ.example.com';
export const AUDIENCE = 'https://billing.example.com';
export const SNAPSHOT = `${ISSUER}/v1/revocations/snapshot`;
export const INTROSPECT = `${ISSUER}/oauth2/introspect`;

export interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  /** With `kid`, as in a key set. */
  readonly jwk: Record<string, unknown>;
  /** Its own members alone. */
  readonly plain: Record<string, string>;
}

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256' | 'PS256';

export function makeKey(alg: Algorithm = 'ES256', bits = 2048, curve = 'P-256'): Key {
  const pair =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: curve })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: bits });
  const plain = pair.publicKey.export({ format: 'jwk' }) as Record<string, string>;
  const kid = thumbprintOf(plain);
  return { kid, alg, privateKey: pair.privateKey, plain, jwk: { ...plain, kid, alg, use: 'sig' } };
}

export const encode = (text: string | Buffer): string => Buffer.from(text).toString('base64url');

export function signatureOf({ alg, privateKey }: Key, input: string): Buffer {
  if (alg === 'EdDSA') return sign(null, Buffer.from(input), privateKey);
  const signer = alg === 'PS256' ? { padding: 6, saltLength: 32 } : { dsaEncoding: 'ieee-p1363' as const };
  return sign('sha256', Buffer.from(input), { key: privateKey, ...signer });
}

/** Signs whatever text is given as header and payload: JOSE libraries would refuse to make most bad tokens. */
export function signText(key: Key, header: string | Buffer, payload: string | Buffer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${encode(signatureOf(key, input))}`;
}

type Members = Record<string, unknown>;

export const headerOf = (key: Key, changes: Members = {}): Members => ({
  alg: key.alg,
  typ: 'at+jwt',
  kid: key.kid,
  ...changes,
});

/** The claims of a good token. A member that is `undefined` in `changes` is left out. */
export const claimsOf = (changes: Members = {}): Members => ({
  iss: ISSUER,
  sub: 'admin:local-admin:alice',
  aud: AUDIENCE,
  client_id: 'writ-cli',
  iat: NOW_S - 10,
  exp: NOW_S + 300,
  jti: 'tok_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
  scope: 'reports:read reports:export',
  authorization_details: [{ type: 'billing_report', identifier: 'C-42', actions: ['read', 'export'] }],
  act: { sub: 'workload:local-workload:ci' },
  acr: 'urn:writ:acr:mfa',
  auth_time: NOW_S - 600,
  kind: 'delegation',
  grant_id: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
  entitlement: 'billing-report',
  project: 'shop',
  purpose: 'incident',
  bundle: 'a'.repeat(64),
  status: { status_list: { idx: 42, uri: SNAPSHOT } },
  ...changes,
});

/** What turns the good token into an impersonation. */
export const IMPERSONATION: Members = {
  kind: 'impersonation',
  sub: 'customer:shop:erin',
  act: { sub: 'support:desk:dave' },
  consent: 'apr_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
  acr: undefined,
  auth_time: undefined,
};

export const makeToken = (key: Key, claims: Members = {}, header: Members = {}): string =>
  signText(key, JSON.stringify(headerOf(key, header)), JSON.stringify(claimsOf(claims)));

export interface ProofChanges {
  readonly header?: Members;
  readonly claims?: Members;
}

/** A good proof for `GET <audience>/reports` with the token. */
export function makeProof(key: Key, token: string, { header, claims }: ProofChanges = {}): string {
  const ath = createHash('sha256').update(token).digest('base64url');
  const made = { jti: `proof-${Math.random()}`, htm: 'GET', htu: `${AUDIENCE}/reports`, iat: NOW_S, ath };
  return signText(
    key,
    JSON.stringify({ typ: 'dpop+jwt', alg: key.alg, jwk: key.plain, ...header }),
    JSON.stringify({ ...made, ...claims }),
  );
}

export const dpopRequest = (token: string, proof: string | undefined, changes: Partial<PresentedRequest> = {}) => ({
  method: 'GET',
  url: '/reports',
  headers: { authorization: `DPoP ${token}`, dpop: proof },
  ...changes,
});

export interface SnapshotChanges {
  readonly num?: number;
  readonly ended?: readonly number[];
  readonly claims?: Members;
  readonly header?: Members;
}

/** A good snapshot, made at `at`. */
export function makeSnapshot(
  key: Key,
  at: number,
  { num = 1, ended = [], claims, header }: SnapshotChanges = {},
): string {
  const iat = Math.floor(at / 1000);
  const list = { bits: 1, lst: encodeStatusList(ended, 1024) };
  return signText(
    key,
    JSON.stringify({ alg: 'ES256', typ: 'statuslist+jwt', kid: key.kid, ...header }),
    JSON.stringify({ sub: SNAPSHOT, iss: ISSUER, iat, exp: iat + 150, ttl: 5, num, status_list: list, ...claims }),
  );
}

/** The authorization server, in memory: what it answers can be changed, and it counts. */
export class Server {
  readonly answers = new Map<string, (init: RequestInit | undefined) => Response | Promise<Response>>();
  readonly calls: string[] = [];

  readonly fetch: typeof fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : input.toString();
    this.calls.push(url);
    const answer = this.answers.get(url);
    if (!answer) throw new TypeError('fetch failed');
    return answer(init);
  };

  count(url: string): number {
    return this.calls.filter((called) => called === url).length;
  }
}

export interface Bench {
  readonly verifier: Verifier;
  readonly server: Server;
  /** Epoch milliseconds. */
  now: number;
}

export function makeBench(key: Key, options: Partial<VerifierOptions> = {}): Bench {
  const server = new Server();
  const bench: Bench = {
    server,
    now: NOW,
    verifier: createVerifier({
      issuer: ISSUER,
      audience: AUDIENCE,
      keys: { keys: [key.jwk] },
      revocation: 'unchecked',
      clock: () => bench.now,
      fetch: server.fetch,
      ...options,
    }),
  };
  return bench;
}

/** How the token or request is refused, after checking that the error tells nothing of it. */
export async function errorOf(
  verifier: Verifier,
  input: string | PresentedRequest,
  context?: VerifyContext,
): Promise<VerifyError | undefined> {
  try {
    await verifier.verify(input, context);
    return undefined;
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    const told = inspect(error, { depth: null, showHidden: true });
    for (const part of secretsIn(input)) {
      if (told.includes(part)) throw new Error('the error holds a part of what was sent', { cause: error });
    }
    const { status, error: name }: { status: number; error?: string } = VERIFY_ERRORS[error.code];
    if (error.status !== status || error.error !== name) throw new Error('wrong facts', { cause: error });
    return error;
  }
}

export const refusalOf = async (...args: Parameters<typeof errorOf>): Promise<string> =>
  (await errorOf(...args))?.code ?? 'accepted';

function secretsIn(input: string | PresentedRequest): string[] {
  const texts =
    typeof input === 'string'
      ? [input]
      : input.headers instanceof Headers
        ? [...input.headers.values()]
        : Object.values(input.headers).flatMap((value) => value ?? []);
  return texts.flatMap((text) => text.split(/[. ]/u)).filter((part) => part.length > 12);
}
