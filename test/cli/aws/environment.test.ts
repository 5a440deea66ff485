import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lent } from '../../../cli/src/aws/environment.ts';
import { lentEnvironment } from '../../../cli/src/aws/environment.ts';

const TARGET = { region: 'us-east-1' };
const FIXED: Lent = {
  kind: 'fixed',
  credentials: {
    Version: 1,
    AccessKeyId: 'ASIA',
    SecretAccessKey: 's',
    SessionToken: 't',
    Expiration: '2026-11-21T09:00:00Z',
  },
};
const RENEWED: Lent = { kind: 'renewed', url: 'http://127.0.0.1:5/credentials', token: 'token' };

/** What AWS SDKs and CLIs read that could name another identity or endpoint. */
const OTHERS = [
  'AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_CREDENTIAL_EXPIRATION',
  'AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE AWS_ENDPOINT_URL AWS_ENDPOINT_URL_DYNAMODB AWS_ENDPOINT_URL_STS',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS aws_profile',
]
  .join(' ')
  .split(' ');

describe('lentEnvironment', () => {
  it('leaves no other identity and no other endpoint in', () => {
    const base = Object.fromEntries(OTHERS.map((name) => [name, 'MINE']));
    for (const lent of [FIXED, RENEWED]) {
      expect(Object.values(lentEnvironment(base, TARGET, lent))).not.toContain('MINE');
    }
  });

  it('keeps everything else', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[B-Z][A-Z_]{0,9}$/), fc.string()), (base) => {
        expect(lentEnvironment(base, TARGET, FIXED)).toMatchObject(base);
      }),
    );
  });

  it('says where: region always, endpoint where there is one', () => {
    expect(lentEnvironment({ AWS_REGION: 'x', AWS_DEFAULT_REGION: 'y' }, TARGET, FIXED)).toEqual({
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'ASIA',
      AWS_SECRET_ACCESS_KEY: 's',
      AWS_SESSION_TOKEN: 't',
    });
    const endpointUrl = 'http://127.0.0.1:4601';
    expect(lentEnvironment({}, { ...TARGET, endpointUrl }, FIXED)['AWS_ENDPOINT_URL']).toBe(endpointUrl);
  });

  it('hides the configuration files from a command that renews: a default profile would win', () => {
    const mine = { AWS_CONFIG_FILE: '/mine', AWS_SHARED_CREDENTIALS_FILE: '/mine' };
    expect(lentEnvironment(mine, TARGET, RENEWED)).toMatchObject({
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    });
    expect(lentEnvironment(mine, TARGET, FIXED)).toMatchObject(mine);
  });
});
