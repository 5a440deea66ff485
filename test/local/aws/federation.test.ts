import { policyEnd } from '../../../local/aws/federation/words.ts';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BROKER, SHOP, functionCredentials, policy, startLocalAws, sts } from './harness.ts';
import type { Credentials, Harness } from './harness.ts';

const SESSION_POLICY = policy(
  {
    Effect: 'Allow',
    Action: ['dynamodb:Query', 'dynamodb:GetItem'],
    Resource: `arn:aws:dynamodb:us-east-1:${SHOP}:table/orders`,
    Condition: {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['<script>C-42'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  },
  { Effect: 'Deny', NotAction: ['dynamodb:Query', 'dynamodb:GetItem'], Resource: '*' },
);

let harness: Harness;
let lent: Credentials;

beforeEach(async () => {
  harness = await startLocalAws();
  const broker = await functionCredentials(harness, 'aws-session', { Effect: 'Allow', Action: 'sts:*', Resource: '*' });
  await harness.aws.bootstrap.createRole({
    accountId: SHOP,
    path: '/writ/lend/',
    name: 'writ-orders-read',
    trustPolicy: policy({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${BROKER}:role/writ/broker/aws-session` },
      Action: 'sts:*',
    }),
  });
  const { Credentials: made } = await sts(harness, broker).send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${SHOP}:role/writ/lend/writ-orders-read`,
      RoleSessionName: 'intent-01',
      DurationSeconds: 1_800,
      SourceIdentity: 'writ-01JDABC',
      Tags: [{ Key: 'writ:grant', Value: 'grt_1' }],
      Policy: SESSION_POLICY,
    }),
  );
  lent = {
    accessKeyId: made?.AccessKeyId ?? '',
    secretAccessKey: made?.SecretAccessKey ?? '',
    sessionToken: made?.SessionToken ?? '',
  };
});

afterEach(() => harness.stop());

const federation = (query: Record<string, string>) =>
  fetch(`${harness.url}/federation?${new URLSearchParams(query).toString()}`);

const signinToken = ({ accessKeyId, secretAccessKey, sessionToken = '' }: Credentials, more = {}) => {
  const session = { sessionId: accessKeyId, sessionKey: secretAccessKey, sessionToken };
  return federation({ Action: 'getSigninToken', Session: JSON.stringify(session), ...more });
};

async function login(change: Record<string, string> = {}): Promise<Response> {
  const { SigninToken } = (await (await signinToken(lent)).json()) as { SigninToken: string };
  return federation({
    Action: 'login',
    Issuer: 'http://127.0.0.1:4600',
    Destination: 'https://console.aws.amazon.com/',
    SigninToken,
    ...change,
  });
}

test('the page says who the session is, what it may do, and until when', async () => {
  const response = await login();
  expect(response.status).toBe(200);
  const page = await response.text();
  for (const fact of [
    `arn:aws:sts::${SHOP}:assumed-role/writ-orders-read/intent-01`,
    'writ-01JDABC',
    'writ:grant = grt_1',
    new Date(harness.now + 1_800_000).toISOString().replace('.000Z', 'Z'),
    'in about\n30 minutes',
    'dynamodb:Query, dynamodb:GetItem',
    'every action but dynamodb:Query, dynamodb:GetItem',
    'dynamodb:LeadingKeys is present',
    '<details>',
  ]) {
    expect(page).toContain(fact);
  }
});

test('the page ends when the policy does, before the session', async () => {
  const until = new Date(harness.now + 600_000).toISOString().replace('.000Z', 'Z');
  const denyFrom = (condition: object, action: string): object => ({
    Effect: 'Deny',
    Action: action,
    Resource: '*',
    Condition: condition,
  });
  const at = { DateGreaterThanEquals: { 'aws:CurrentTime': until } };
  expect(policyEnd(JSON.stringify({ Statement: [denyFrom(at, '*')] }))).toBe(Date.parse(until));
  // Denies of one action, or with more conditions, leave something that works.
  expect(policyEnd(JSON.stringify({ Statement: [denyFrom(at, 's3:Get*')] }))).toBe(Number.POSITIVE_INFINITY);
  const also = { ...at, StringEquals: { 'aws:RequestedRegion': 'us-east-1' } };
  expect(policyEnd(JSON.stringify({ Statement: [denyFrom(also, '*')] }))).toBe(Number.POSITIVE_INFINITY);
});

test('the page runs no script, and shows text from outside as text', async () => {
  const response = await login({ Issuer: '<img src=x onerror=alert(1)>' });
  const page = await response.text();
  expect(page).not.toContain('<script');
  expect(page).not.toContain('<img');
  expect(page).toContain('every dynamodb:LeadingKeys is &#60;script&#62;C-42');
  const csp = response.headers.get('content-security-policy') ?? '';
  expect(csp).toContain("default-src 'none'");
  expect(csp).not.toContain('unsafe');
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('a sign-in token lives 15 minutes', async () => {
  const { SigninToken } = (await (await signinToken(lent)).json()) as { SigninToken: string };
  harness.now += 15 * 60_000 - 1;
  expect((await login({ SigninToken })).status).toBe(200);
  harness.now += 1;
  const late = await login({ SigninToken });
  expect(late.status).toBe(400);
  expect(await late.text()).toContain('A sign-in link lives 15 minutes');
});

test('the page of a session that has ended says so', async () => {
  harness.now += 20 * 60_000;
  const { SigninToken } = (await (await signinToken(lent)).json()) as { SigninToken: string };
  harness.now += 10 * 60_000;
  const ended = await federation({ Action: 'login', Issuer: 'x', Destination: 'https://a.example/', SigninToken });
  expect(ended.status).toBe(403);
  expect(await ended.text()).toContain('The session has ended');
  expect((await signinToken(lent)).status).toBe(403);
});

test('SessionDuration is refused for a session of role chaining, and taken for another', async () => {
  expect((await signinToken(lent, { SessionDuration: '1800' })).status).toBe(400);
  const direct = await functionCredentials(harness, 'grants');
  expect((await signinToken(direct, { SessionDuration: '1800' })).status).toBe(200);
  expect((await signinToken(direct, { SessionDuration: '899' })).status).toBe(400);
});

test.each([
  ['another secret', (good: Credentials) => ({ ...good, secretAccessKey: 'x'.repeat(40) })],
  ['another key', (good: Credentials) => ({ ...good, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' })],
  ['no session token', (good: Credentials) => ({ ...good, sessionToken: '' })],
  ['the root user’s keys', () => harness.aws.bootstrap.rootCredentials(SHOP)],
])('no sign-in token for %s', async (_what, forge) => {
  expect((await signinToken(forge(lent))).status).toBe(400);
});

test('a made-up sign-in token, a session token in its place, and a bad destination are refused', async () => {
  for (const change of [
    { SigninToken: 'A'.repeat(200) },
    { SigninToken: lent.sessionToken ?? '' },
    { Destination: 'javascript:alert(1)' },
    { Destination: '' },
  ]) {
    const response = await login(change);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('The link does not work');
  }
});

test('other actions and methods are refused', async () => {
  expect((await federation({ Action: 'logout' })).status).toBe(400);
  expect((await fetch(`${harness.url}/federation`, { method: 'DELETE' })).status).toBe(405);
});
