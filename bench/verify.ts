import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createVerifier as createFastJwt } from 'fast-jwt';
import { importJWK, jwtVerify } from 'jose';
import type * as WritVerify from '../sdk/verify/index.ts';
import { encodeStatusList } from '../tokens/statusList.ts';
import { thumbprintOf } from '../tokens/thumbprint.ts';
import { median } from './numbers.ts';
import { rounded, table } from './report.ts';

const ROUNDS = 75;
/** Short, so that what comes and goes on the machine within a second falls on all alike. */
const TURN_MILLISECONDS = 20;
const WARM_UP_MILLISECONDS = 5;
const TOKENS = 4_000;
const SNAPSHOT = 'https://writ.example.com/v1/revocations/snapshot';
const NOW = Date.UTC(2026, 10, 21, 12);
const GOAL = { seenBeforeTimesJose: 20 } as const;

/** Verifies one token, which must be good. */
interface Contender {
  readonly name: string;
  /** @param index of the token; each contender goes through all of them in the same order */
  readonly once: (index: number) => unknown;
}

/** `writ/verify` as it is published, built anew from these sources. */
async function buildVerify(): Promise<typeof WritVerify> {
  const out = fileURLToPath(new URL('../node_modules/.cache/writ-bench', import.meta.url));
  execFileSync(process.execPath, ['tools/build-sdk.mjs', out, '--no-types'], { stdio: 'inherit' });
  return (await import(pathToFileURL(`${out}/verify.js`).href)) as typeof WritVerify;
}

/**
 * What it costs a resource server to verify an ES256 access token, by several libraries and by what the machine can do at
 * best. All in one process, in short turns, so that whatever else the machine does falls on all of them alike.
 */
export async function verifying(): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const tokens = makeTokens(privateKey, publicKey);
  const contenders = await contendersFor(await buildVerify(), tokens, publicKey, makeSnapshot(privateKey, publicKey));
  const rates = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const { name, once } of shuffled(contenders)) {
      // What the one before left for the garbage collector is cleared before anything is measured.
      await rateOf(once, WARM_UP_MILLISECONDS);
      const perSecond = await rateOf(once, TURN_MILLISECONDS);
      if (round >= 0) rates.get(name)?.push(perSecond);
    }
  }
  const figures = contenders.map(({ name }) => ({ name, perSecond: median(rates.get(name) ?? []) }));
  const rate = (name: string): number => figures.find((figure) => figure.name === name)?.perSecond ?? NaN;
  const jose = rate(NAMES.jose);
  const rows = figures.map(({ name, perSecond }) => [
    name,
    Math.round(perSecond),
    rounded(1e6 / perSecond),
    rounded(perSecond / jose),
  ]);
  const fastest = Math.max(jose, rate(NAMES.fastJwt));
  const seen = rate(NAMES.seenWithSnapshot) / jose;
  return [
    table(['ES256 access token', 'a second', 'µs each', '× jose'], rows),
    openssl(),
    `Goals: at first sight, at least as fast as the fastest other: ${met(rate(NAMES.first) >= fastest)} (${Math.round((100 * rate(NAMES.first)) / fastest) / 100}×);` +
      ` seen before, with revocation looked at, at least ${GOAL.seenBeforeTimesJose}× jose: ${met(seen >= GOAL.seenBeforeTimesJose)} (${rounded(seen)}×).`,
    `Medians of ${ROUNDS} turns of ${TURN_MILLISECONDS} ms each, by processor time; tokens of ${tokens[0]?.length ?? 0} characters.` +
      ' Each call gets a text of its own, as from a header. Writ checks the form of all claims; fast-jwt and jose type, issuer, audience, times, and that the required ones are there.',
  ].join('\n');
}

const NAMES = {
  first: 'writ/verify, first sight',
  firstWithSnapshot: 'writ/verify, first sight, with snapshot',
  seen: 'writ/verify, seen before, unchecked',
  seenWithSnapshot: 'writ/verify, seen before, with snapshot',
  fastJwt: 'fast-jwt',
  fastJwtCache: 'fast-jwt, from its cache (revocation is not looked at)',
  jose: 'jose jwtVerify',
  node: 'node:crypto verify alone: nothing parsed or checked',
} as const;

function shuffled<T>(values: readonly T[]): readonly T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);
}

const met = (good: boolean): string => (good ? 'met' : 'MISSED');

/** A second of processor time, of all threads of this process: what else runs on the machine does not count. */
async function rateOf(once: Contender['once'], milliseconds: number): Promise<number> {
  const until = performance.now() + milliseconds;
  const before = process.cpuUsage();
  let calls = 0;
  while (performance.now() < until) {
    for (let of10 = 0; of10 < 10; of10++) {
      const result = once(calls++ % TOKENS);
      if (result instanceof Promise) await result;
    }
  }
  const { user, system } = process.cpuUsage(before);
  return (calls / (user + system)) * 1e6;
}

async function contendersFor(
  { createVerifier }: typeof WritVerify,
  tokens: readonly string[],
  publicKey: KeyObject,
  snapshot: string,
): Promise<readonly Contender[]> {
  const jwk = jwkOf(publicKey);
  const writ = (revocation: WritVerify.Revocation, cacheSize: number) =>
    createVerifier({
      issuer: CLAIMS.iss,
      audience: CLAIMS.aud,
      keys: { keys: [jwk] },
      revocation,
      cacheSize,
      clock: () => NOW,
      fetch: async () => new Response(snapshot),
    });
  const snapshots: WritVerify.Revocation = { snapshot: { keys: { keys: [jwk] } } };
  const pem = publicKey.export({ format: 'pem', type: 'spki' });
  const fastOptions = {
    key: pem,
    algorithms: ['ES256' as const],
    allowedIss: CLAIMS.iss,
    allowedAud: CLAIMS.aud,
    clockTimestamp: NOW,
    checkTyp: 'at+jwt',
    requiredClaims: [...REQUIRED],
  };
  const fast = createFastJwt({ ...fastOptions, cache: false });
  const fastCached = createFastJwt({ ...fastOptions, cache: TOKENS });
  const joseKey = await importJWK(jwk, 'ES256');
  const joseOptions = {
    issuer: CLAIMS.iss,
    audience: CLAIMS.aud,
    typ: 'at+jwt',
    currentDate: new Date(NOW),
    requiredClaims: [...REQUIRED],
  };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const parts = tokens.map((token) => ({
    input: Buffer.from(token.slice(0, token.lastIndexOf('.'))),
    signature: Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url'),
  }));
  const bytes = tokens.map((token) => Buffer.from(token));
  /** A new text, as a server gets one with each request: what V8 knows of the last one (its hash) is not there. */
  const text = (index: number): string => bytes[index]?.toString('latin1') ?? '';
  const [first, firstWithSnapshot] = [writ('unchecked', 0), writ(snapshots, 0)];
  const [seen, seenWithSnapshot] = [writ('unchecked', TOKENS), writ(snapshots, TOKENS)];
  for (const token of tokens) await Promise.all([seen.verify(token), seenWithSnapshot.verify(token)]);
  return [
    { name: NAMES.first, once: (index) => first.verify(text(index)) },
    { name: NAMES.firstWithSnapshot, once: (index) => firstWithSnapshot.verify(text(index)) },
    { name: NAMES.fastJwt, once: (index) => fast(text(index)) as unknown },
    { name: NAMES.jose, once: (index) => jwtVerify(text(index), joseKey, joseOptions) },
    {
      name: NAMES.node,
      once: (index) => {
        verifyAlone(key, parts[index]);
      },
    },
    { name: NAMES.seen, once: (index) => seen.verify(text(index)) },
    { name: NAMES.seenWithSnapshot, once: (index) => seenWithSnapshot.verify(text(index)) },
    { name: NAMES.fastJwtCache, once: (index) => fastCached(text(index)) as unknown },
  ];
}

function verifyAlone(key: KeyObject, part: { readonly input: Buffer; readonly signature: Buffer } | undefined): void {
  if (!part || !verify('sha256', part.input, { key, dsaEncoding: 'ieee-p1363' }, part.signature)) {
    throw new Error('a good signature does not verify');
  }
}

/** OpenSSL's own figure for the operation, in one thread: the limit. */
function openssl(): string {
  try {
    const out = execFileSync('openssl', ['speed', '-seconds', '2', 'ecdsap256'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const perSecond = /nistp256\)?\s+[\d.]+s\s+[\d.]+s\s+[\d.]+\s+(?<verify>[\d.]+)/u.exec(out)?.groups?.['verify'];
    if (perSecond !== undefined)
      return `openssl speed ecdsap256: ${Math.round(Number(perSecond))} verifications a second.`;
  } catch {
    // It is not installed.
  }
  return 'openssl speed: not to be had here.';
}

/** What an access token must say (RFC 9068 §2.2). */
const REQUIRED = ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'] as const;

const CLAIMS = {
  iss: 'https://writ.example.com',
  sub: 'admin:local-admin:alice',
  aud: 'https://billing.example.com',
  client_id: 'writ-cli',
  iat: NOW / 1000 - 10,
  exp: NOW / 1000 + 290,
  scope: 'reports:read reports:export',
  authorization_details: [{ type: 'billing_report', identifier: 'C-42', actions: ['read', 'export'] }],
  act: { sub: 'workload:local-workload:ci' },
  acr: 'urn:writ:acr:mfa',
  auth_time: NOW / 1000 - 600,
  kind: 'delegation',
  grant_id: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
  entitlement: 'billing-report',
  project: 'shop',
  purpose: 'incident',
  bundle: 'a'.repeat(64),
} as const;

function jwkOf(publicKey: KeyObject): Record<string, string> {
  const plain = publicKey.export({ format: 'jwk' }) as Record<string, string>;
  return { ...plain, kid: thumbprintOf(plain) };
}

function signed(privateKey: KeyObject, header: object, claims: object): string {
  const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function makeTokens(privateKey: KeyObject, publicKey: KeyObject): readonly string[] {
  const header = { alg: 'ES256', typ: 'at+jwt', kid: jwkOf(publicKey)['kid'] };
  return Array.from({ length: TOKENS }, (_, idx) =>
    signed(privateKey, header, {
      ...CLAIMS,
      jti: `tok_${String(idx).padStart(26, '0')}`,
      status: { status_list: { idx, uri: SNAPSHOT } },
    }),
  );
}

/** Of full size, with a thousand others ended. */
function makeSnapshot(privateKey: KeyObject, publicKey: KeyObject): string {
  const size = 1 << 20;
  const ended = Array.from({ length: 1_000 }, (_, index) => TOKENS + index * 997);
  const iat = NOW / 1000;
  return signed(
    privateKey,
    { alg: 'ES256', typ: 'statuslist+jwt', kid: jwkOf(publicKey)['kid'] },
    {
      sub: SNAPSHOT,
      iss: CLAIMS.iss,
      iat,
      exp: iat + 150,
      ttl: 5,
      num: 1,
      status_list: { bits: 1, lst: encodeStatusList(ended, size) },
    },
  );
}
