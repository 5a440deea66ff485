import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAuthorization, signatureMatches, signedAt } from '../../../local/aws/sigv4.ts';
import type { SignedRequest } from '../../../local/aws/sigv4.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const signer = new SignatureV4({
  service: 'dynamodb',
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE123456', secretAccessKey: SECRET, sessionToken: 'token' },
  sha256: Sha256,
});

interface Parts {
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: Readonly<Record<string, string>>;
  readonly header: string;
  readonly body: Uint8Array;
}

/** Signs with the SDK's signer, and lays the request out as it goes over the wire. */
async function signed({ method, segments, query, header, body }: Parts): Promise<SignedRequest> {
  const path = `/${segments.map(encode).join('/')}`;
  const request = new HttpRequest({
    method,
    hostname: '127.0.0.1',
    path,
    query,
    headers: { host: '127.0.0.1:4601', 'x-amz-target': header, 'content-type': 'application/x-amz-json-1.0' },
    body,
  });
  const { headers } = await signer.sign(request, { signingDate: new Date('2026-11-21T09:00:00Z') });
  const search = Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
  return { method, target: search === '' ? path : `${path}?${search}`, headers, body };
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function verifies(request: SignedRequest, secret = SECRET): boolean {
  const claim = parseAuthorization(request.headers['authorization'] ?? '');
  return claim !== undefined && signatureMatches(claim, request, secret);
}

// Dots alone mean a place in the path, which the signer resolves and no service here uses.
const segment = fc.string({ minLength: 1, unit: 'grapheme-ascii' }).filter((text) => !/^\.+$/.test(text));
const parts = fc.record({
  method: fc.constantFrom('GET', 'POST'),
  segments: fc.array(segment, { maxLength: 3 }),
  query: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.string({ maxLength: 8 }), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
  header: fc.stringMatching(/^[A-Za-z0-9_.]{1,20}$/),
  body: fc.uint8Array({ maxLength: 64 }),
});

test('what the SDK signs verifies, and no other secret fits', async () => {
  await fc.assert(
    fc.asyncProperty(parts, async (given) => {
      const request = await signed(given);
      expect(verifies(request)).toBe(true);
      expect(verifies(request, `${SECRET}x`)).toBe(false);
    }),
  );
});

const GOOD: Parts = { method: 'POST', segments: [], query: {}, header: 'T.Op', body: Buffer.from('{}') };
const withHeader = (request: SignedRequest, name: string, value: string | undefined): SignedRequest => {
  const { [name]: _old, ...rest } = request.headers;
  return { ...request, headers: value === undefined ? rest : { ...rest, [name]: value } };
};

const TAMPERED: readonly [string, (request: SignedRequest) => SignedRequest][] = [
  ['another body', (request) => ({ ...request, body: Buffer.from('[]') })],
  ['another method', (request) => ({ ...request, method: 'GET' })],
  ['another path', (request) => ({ ...request, target: '/other' })],
  ['one more query parameter', (request) => ({ ...request, target: `${request.target}?a=b` })],
  ['another operation', (request) => withHeader(request, 'x-amz-target', 'T.Other')],
  ['another host', (request) => withHeader(request, 'host', 'evil:4601')],
  ['another session token', (request) => withHeader(request, 'x-amz-security-token', 'other')],
  ['another time', (request) => withHeader(request, 'x-amz-date', '20261121T090001Z')],
  ['an added header of AWS’s, not signed', (request) => withHeader(request, 'x-amz-meta', '1')],
  ['a hash that is not the body’s', (request) => withHeader(request, 'x-amz-content-sha256', '0'.repeat(64))],
  [
    'another Region in the scope',
    (request) =>
      withHeader(request, 'authorization', (request.headers['authorization'] ?? '').replace('us-east-1', 'eu-west-1')),
  ],
];

test.each(TAMPERED)('a signed request with %s does not verify', async (_what, tamper) => {
  const request = await signed(GOOD);
  expect(verifies(request)).toBe(true);
  expect(verifies(tamper(request))).toBe(false);
});

test('a signature that leaves the host out does not verify, though it is right', async () => {
  const request = await signed(GOOD);
  const claim = parseAuthorization(request.headers['authorization'] ?? '');
  expect(claim?.signedHeaders).toContain('host');
  const without = await new SignatureV4({
    service: 'dynamodb',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE123456', secretAccessKey: SECRET },
    sha256: Sha256,
  }).sign(new HttpRequest({ method: 'POST', headers: { host: 'h' } }), { unsignableHeaders: new Set(['host']) });
  const target: SignedRequest = { method: 'POST', target: '/', headers: without.headers, body: Buffer.alloc(0) };
  expect(verifies(target)).toBe(false);
});

test.each([
  ['', undefined],
  ['Bearer x', undefined],
  ['AWS4-HMAC-SHA256 Credential=A/20261121/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00', undefined],
])('%j is no SigV4 authorization', (header, expected) => {
  expect(parseAuthorization(header)).toBe(expected);
});

test('the time of a signature is read to the second', () => {
  expect(signedAt({ 'x-amz-date': '20261121T090001Z' })).toBe(Date.UTC(2026, 10, 21, 9, 0, 1));
  expect(signedAt({ 'x-amz-date': '2026-11-21T09:00:01Z' })).toBeUndefined();
  expect(signedAt({})).toBeUndefined();
});
