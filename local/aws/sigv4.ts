/**
 * Verification of AWS Signature Version 4 in the `Authorization` header.
 *
 * The signature is computed again from the request as it arrived. It is done here, not with the SDK's signer, so that
 * exactly the headers the client named are covered, and so that client and server do not share a mistake.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What the client claims. Nothing here is to be trusted before `signatureMatches`. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** `YYYYMMDD` of the credential scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** The request as it came over the wire. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]{1,32})\/([a-z0-9-]{1,64})\/aws4_request, ?SignedHeaders=([a-z0-9;_.-]{1,2048}), ?Signature=([0-9a-f]{64})$/;
const TIMESTAMP = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** Parses an `Authorization` header; `undefined` if it is not a SigV4 one. */
export function parseAuthorization(header: string): SignatureClaim | undefined {
  const match = AUTHORIZATION.exec(header);
  if (!match) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = match;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/** The `X-Amz-Date` header in epoch milliseconds, or `undefined` if it is absent or malformed. */
export function signedAt(headers: Readonly<Record<string, string>>): number | undefined {
  const match = TIMESTAMP.exec(headers['x-amz-date'] ?? '');
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number);
  return Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
}

/**
 * Whether the signature covers this request under this secret.
 *
 * `Host` and every `X-Amz-*` header must be among the signed ones, as AWS demands: an unsigned one could be changed on
 * the way. The hash that the client states for the body must be the body's own.
 */
export function signatureMatches(claim: SignatureClaim, request: SignedRequest, secretAccessKey: string): boolean {
  const timestamp = request.headers['x-amz-date'] ?? '';
  if (!timestamp.startsWith(claim.date)) return false;
  const signed = new Set(claim.signedHeaders);
  if (!signed.has('host')) return false;
  if (Object.keys(request.headers).some((name) => name.startsWith('x-amz-') && !signed.has(name))) return false;

  const bodyHash = sha256(request.body);
  const statedHash = request.headers['x-amz-content-sha256'];
  if (statedHash !== undefined && statedHash !== bodyHash) return false;

  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
  const canonical = canonicalRequest(request, claim.signedHeaders, bodyHash);
  const stringToSign = [ALGORITHM, timestamp, scope, sha256(canonical)].join('\n');
  const expected = hmac(signingKey(secretAccessKey, claim), stringToSign);
  return timingSafeEqual(expected, Buffer.from(claim.signature, 'hex'));
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[], bodyHash: string): string {
  const [path, query] = splitOnce(request.target, '?');
  const headers = signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}\n`);
  return [
    request.method,
    // All services here but S3 sign the path encoded once more than it is sent.
    path.split('/').map(encode).join('/'),
    canonicalQuery(query),
    headers.join(''),
    signedHeaders.join(';'),
    bodyHash,
  ].join('\n');
}

function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => splitOnce(pair, '=').map(decode))
    .map(([name = '', value = '']) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Keys of the day, as a function signs many calls with one. */
const SIGNING_KEYS_LIMIT = 1_000;
const signingKeys = new Map<string, Buffer>();

function signingKey(secretAccessKey: string, { date, region, service }: SignatureClaim): Buffer {
  const name = [date, region, service, secretAccessKey].join('/');
  const known = signingKeys.get(name);
  if (known) return known;
  const key = [date, region, service, 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`));
  if (signingKeys.size >= SIGNING_KEYS_LIMIT) signingKeys.clear();
  signingKeys.set(name, key);
  return key;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** RFC 3986: everything but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Malformed escapes stay as they are; the signature then tells.
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
