import { request } from 'node:http';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AwsError, DroppedResponse } from '../../../local/aws/service.ts';
import type { Access, Service } from '../../../local/aws/service.ts';
import { BROKER, failure, functionCredentials, startLocalAws, sts, toyService } from './harness.ts';
import type { Credentials, Harness } from './harness.ts';

let harness: Harness;
let accesses: readonly Access[] = [];
let handle: () => Promise<unknown>;
let credentials: Credentials;

beforeEach(async () => {
  accesses = [{ action: 'dynamodb:ListTables', resource: '*' }];
  handle = async () => ({ TableNames: ['orders'] });
  const toy = toyService(() => accesses);
  const operations = { ListTables: { access: () => accesses, handle: () => handle() } };
  const service: Service = { ...toy, operations };
  harness = await startLocalAws({ services: [service] });
  credentials = await functionCredentials(harness, 'grants', {
    Effect: 'Allow',
    Action: 'dynamodb:ListTables',
    Resource: '*',
  });
});

afterEach(() => harness.stop());

const list = (as = credentials) => new DynamoDBClient(harness.client(as)).send(new ListTablesCommand({}));
const whoAmI = (as: Credentials) => sts(harness, as).send(new GetCallerIdentityCommand({}));

interface Raw {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request as no SDK sends it. */
function send(options: {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const { body = '', ...rest } = options;
    const outgoing = request({ host: '127.0.0.1', port: harness.port, method: 'POST', ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('an allowed call of a signed session goes through', async () => {
  expect((await list()).TableNames).toEqual(['orders']);
});

test('IAM decides on every permission that a call needs', async () => {
  accesses = [...accesses, { action: 'dynamodb:DescribeLimits', resource: '*' }];
  expect(await failure(list())).toEqual({
    name: 'AccessDeniedException',
    message:
      `User: arn:aws:sts::${BROKER}:assumed-role/grants/grants is not authorized to perform: dynamodb:DescribeLimits ` +
      'on resource: * because no identity-based policy allows the dynamodb:DescribeLimits action',
  });
});

test('no service runs for a call that is refused', async () => {
  let ran = false;
  handle = async () => {
    ran = true;
    return {};
  };
  accesses = [{ action: 'dynamodb:DescribeLimits', resource: '*' }];
  await failure(list());
  expect(ran).toBe(false);
});

test.each([
  ['query', whoAmI, 'ExpiredToken'],
  ['json', list, 'ExpiredTokenException'],
] as const)('a session that has expired is refused (%s)', async (_protocol, call, name) => {
  harness.now += 43_200_000 - 1;
  await expect(call(credentials)).resolves.toBeDefined();
  harness.now += 1;
  expect(await failure(call(credentials))).toEqual({
    name,
    message: 'The security token included in the request is expired',
  });
});

const IMPOSTORS: readonly [string, (good: Credentials) => Credentials, string, string][] = [
  [
    'another secret',
    (good) => ({ ...good, secretAccessKey: 'x'.repeat(40) }),
    'SignatureDoesNotMatch',
    'InvalidSignatureException',
  ],
  [
    'an unknown key',
    (good) => ({ ...good, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }),
    'InvalidClientTokenId',
    'UnrecognizedClientException',
  ],
  [
    'no session token',
    ({ accessKeyId, secretAccessKey }) => ({ accessKeyId, secretAccessKey }),
    'InvalidClientTokenId',
    'UnrecognizedClientException',
  ],
  [
    'a made-up session token',
    (good) => ({ ...good, sessionToken: 'A'.repeat(400) }),
    'InvalidClientTokenId',
    'UnrecognizedClientException',
  ],
];

test.each(IMPOSTORS)('who signs with %s is refused', async (_what, forge, inQuery, inJson) => {
  expect((await failure(whoAmI(forge(credentials)))).name).toBe(inQuery);
  expect((await failure(list(forge(credentials)))).name).toBe(inJson);
});

test('the session token of another session is refused', async () => {
  const other = await functionCredentials(harness, 'audit');
  const mixed = { ...credentials, sessionToken: other.sessionToken ?? '' };
  expect((await failure(whoAmI(mixed))).name).toBe('InvalidClientTokenId');
});

test('the root user signs without a session token, and only without', async () => {
  const root = harness.aws.bootstrap.rootCredentials(BROKER);
  expect((await whoAmI(root)).Arn).toBe(`arn:aws:iam::${BROKER}:root`);
  const withToken = { ...root, sessionToken: credentials.sessionToken ?? '' };
  expect((await failure(whoAmI(withToken))).name).toBe('InvalidClientTokenId');
});

test.each([
  [6 * 60_000, 'Signature not yet current'],
  [-6 * 60_000, 'Signature expired'],
])('a signature that is %i ms off is refused', async (systemClockOffset, words) => {
  const client = new STSClient({ ...harness.client(credentials), systemClockOffset });
  const refused = await failure(client.send(new GetCallerIdentityCommand({})));
  expect(refused.name).toBe('SignatureDoesNotMatch');
  expect(refused.message).toContain(words);
});

test.each([-4 * 60_000, 4 * 60_000])('a signature that is %i ms off is taken', async (systemClockOffset) => {
  const client = new STSClient({ ...harness.client(credentials), systemClockOffset });
  await expect(client.send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
});

test('a signature by the system’s clock is taken, where that is ahead of the real one', async () => {
  const systemClockOffset = 10 * 86_400_000;
  harness.now = Date.now() + systemClockOffset;
  const ahead = await functionCredentials(harness, 'grants');
  for (const offset of [0, systemClockOffset]) {
    const client = new STSClient({ ...harness.client(ahead), systemClockOffset: offset });
    await expect(client.send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
    // Answered by the same clock, so that the client sees no reason to correct its own.
    expect(Math.abs(client.config.systemClockOffset - offset)).toBeLessThan(2_000);
  }
  const client = new STSClient({ ...harness.client(ahead), systemClockOffset: systemClockOffset / 2 });
  expect((await failure(client.send(new GetCallerIdentityCommand({})))).name).toBe('SignatureDoesNotMatch');
});

test.each(['evil.example', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example:80'])(
  'a request for the host %j is not answered',
  async (host) => {
    const answer = await send({ headers: { host } });
    expect(answer.status).toBe(403);
    expect(answer.body).toBe('Host not allowed\n');
  },
);

test.each(['127.0.0.1', 'localhost', '[::1]'])('a request for the host %s is answered', async (name) => {
  const answer = await send({ headers: { host: `${name}:${harness.port}` } });
  expect(answer.status).toBe(403);
  expect(answer.body).toContain('<Code>MissingAuthenticationToken</Code>');
});

test('an unsigned call and a half-signed one are refused in the words of their protocol', async () => {
  const target = { 'x-amz-target': 'DynamoDB_20120810.ListTables' };
  const unsigned = await send({ headers: target, body: '{}' });
  expect([unsigned.status, JSON.parse(unsigned.body)]).toEqual([
    400,
    { __type: 'MissingAuthenticationTokenException', message: 'Request is missing Authentication Token' },
  ]);
  const halfSigned = await send({ headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x' } });
  expect(halfSigned.body).toContain('<Code>IncompleteSignature</Code>');
});

test('a body over 16 MiB is refused', async () => {
  const outcome = await send({ body: 'x'.repeat(16 * 1024 * 1024 + 1) }).then(
    (answer) => answer.status,
    (error: unknown) => (error as NodeJS.ErrnoException).code, // The socket may be gone before the answer is read.
  );
  expect([413, 'EPIPE', 'ECONNRESET']).toContain(outcome);
});

test('an operation that is not built is unknown, also one of every object', async () => {
  const client = sts(harness, credentials);
  client.middlewareStack.add(
    (next) => (args) => {
      const outgoing = args.request as { body: string };
      outgoing.body = outgoing.body.replace('GetCallerIdentity', 'constructor');
      return next(args);
    },
    { step: 'serialize', priority: 'low' },
  );
  expect((await failure(client.send(new GetCallerIdentityCommand({})))).name).toBe('InvalidAction');
});

test('a service that is not here is unknown', async () => {
  const signer = new SignatureV4({ service: 's3', region: 'us-east-1', credentials, sha256: Sha256 });
  const host = `127.0.0.1:${harness.port}`;
  const { headers } = await signer.sign(new HttpRequest({ method: 'POST', headers: { host } }));
  const answer = await send({ headers });
  expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('No such service here')]);
});

test('an error of a service reaches the SDK with its code, status and members', async () => {
  const CancellationReasons = [{ Code: 'ConditionalCheckFailed' }];
  handle = async () => {
    throw new AwsError('TransactionCanceledException', 'cancelled', 400, { CancellationReasons });
  };
  const error = await list().catch((e: unknown) => e);
  expect(error).toMatchObject({ name: 'TransactionCanceledException', message: 'cancelled', CancellationReasons });
});

test('a mistake in a service is reported, and its text does not leave', async () => {
  handle = async () => {
    throw new Error('secret detail');
  };
  const error = await failure(list());
  expect(error.message).not.toContain('secret detail');
  expect(harness.errors.map(String)).toEqual(['Error: secret detail']);
});

test('a dropped response cuts the connection', async () => {
  handle = async () => {
    throw new DroppedResponse();
  };
  expect((await failure(list())).message).toMatch(/socket hang up|ECONNRESET/);
  expect(harness.errors).toEqual([]);
});

test('AssumeRole needs more than being signed in', async () => {
  const RoleArn = `arn:aws:iam::${BROKER}:role/writ/broker/grants`;
  const call = sts(harness, credentials).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'self' }));
  expect((await failure(call)).name).toBe('AccessDenied');
});
