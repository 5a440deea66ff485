import { inspect } from 'node:util';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, test } from 'vitest';
import { createConsoleSignIn, SignInFailed } from '../../../adapters/aws/consoleSignIn.ts';
import type { AwsSession } from '../../../core/session.ts';
import { BROKER, functionCredentials, policy, SHOP, startLocalAws, sts } from '../../local/aws/harness.ts';
import type { Answer } from './httpFake.ts';
import { startFake } from './httpFake.ts';

const SESSION: AwsSession = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'secret/key+1',
  sessionToken: 'token&=1',
  expiresAt: 0,
};
const signIn = (signinUrl: string, patienceMs = 5_000) =>
  createConsoleSignIn({
    signinUrl,
    consoleUrl: 'https://console.aws.amazon.com/',
    issuerUrl: 'https://writ.example',
    fetch,
    patienceMs,
  });

let stop: () => Promise<void> = async () => undefined;
afterEach(() => stop());

async function answering(answer: Answer | 'drop' | 'silence') {
  const fake = await startFake(answer);
  stop = () => fake.stop();
  return fake;
}

describe('the federation endpoint', () => {
  test('is given the session in a body, and no duration', async () => {
    const fake = await answering({ status: 200, body: '{"SigninToken":"t+1/="}' });
    const link = new URL(await signIn(`${fake.url}/federation`).link(SESSION));
    expect(Object.fromEntries(link.searchParams)).toEqual({
      Action: 'login',
      Issuer: 'https://writ.example',
      Destination: 'https://console.aws.amazon.com/',
      SigninToken: 't+1/=',
    });
    expect(link.origin + link.pathname).toBe(`${fake.url}/federation`);
    expect(fake.received).toHaveLength(1);
    expect(fake.received[0]).toMatchObject({ method: 'POST', url: '/federation' });
    const form = Object.fromEntries(new URLSearchParams(fake.received[0]?.body));
    expect(form).toEqual({
      Action: 'getSigninToken',
      Session: JSON.stringify({
        sessionId: 'ASIAEXAMPLE',
        sessionKey: 'secret/key+1',
        sessionToken: 'token&=1',
      }),
    });
  });

  test('locally makes a link that signs in to the session', async () => {
    const harness = await startLocalAws();
    stop = () => harness.stop();
    const broker = await functionCredentials(harness, 'aws-session', {
      Effect: 'Allow',
      Action: 'sts:*',
      Resource: '*',
    });
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
        RoleSessionName: 'ses_abc',
        SourceIdentity: 'writ-abc',
        DurationSeconds: 900,
      }),
    );
    const link = await signIn(`${harness.url}/federation`).link({
      accessKeyId: made?.AccessKeyId ?? '',
      secretAccessKey: made?.SecretAccessKey ?? '',
      sessionToken: made?.SessionToken ?? '',
      expiresAt: 0,
    });
    const page = await fetch(link);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('ses_abc');
  });
});

describe('a failure', () => {
  test('is a redirect, which is not followed: the session would go to whatever it names', async () => {
    const elsewhere = await startFake({ status: 200, body: '{"SigninToken":"t"}' });
    const fake = await startFake({ status: 307, headers: { location: elsewhere.url }, body: '' });
    stop = async () => {
      await fake.stop();
      await elsewhere.stop();
    };
    await expect(signIn(fake.url).link(SESSION)).rejects.toThrow('no sign-in token: no answer');
    expect(elsewhere.received).toEqual([]);
  });

  test.each<[string, Answer | 'drop' | 'silence', string]>([
    ['a refusal', { status: 400, body: 'secret/key+1 is wrong' }, 'status 400'],
    ['an error', { status: 500, body: '' }, 'status 500'],
    ['a page', { status: 200, body: '<html>secret/key+1</html>' }, 'an answer of another form'],
    ['another document', { status: 200, body: '{"SigninToken":""}' }, 'an answer of another form'],
    ['a cut connection', 'drop', 'no answer'],
    ['silence', 'silence', 'no answer'],
  ])('after %s says how, and nothing secret', async (_, answer, how) => {
    const fake = await answering(answer);
    const failure: unknown = await signIn(fake.url, 200)
      .link(SESSION)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SignInFailed);
    expect((failure as SignInFailed).message).toBe(`the federation endpoint made no sign-in token: ${how}`);
    const everything = inspect(failure, { depth: 10, showHidden: true });
    for (const secret of ['ASIAEXAMPLE', 'secret/key', 'token&=1', encodeURIComponent('secret/key+1')]) {
      expect(everything).not.toContain(secret);
    }
  });
});
