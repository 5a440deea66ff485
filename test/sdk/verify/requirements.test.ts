import { describe, expect, it } from 'vitest';
import type { AuthorizationDetail, PresentedRequest, VerifyContext } from '../../../sdk/verify/index.ts';
import { errorOf, makeBench, makeKey, makeToken, refusalOf } from './fixture.ts';

const key = makeKey();
const { verifier } = makeBench(key);
const token = makeToken(key);

describe('scopes', () => {
  it('must all be there', async () => {
    expect(await refusalOf(verifier, token, { scopes: ['reports:read', 'reports:export'] })).toBe('accepted');
    expect(await refusalOf(verifier, token, { scopes: ['reports:read', 'reports:delete'] })).toBe('scope_insufficient');
    expect(await refusalOf(verifier, token, { scopes: ['reports'] })).toBe('scope_insufficient');
  });

  it('that are missing are named', async () => {
    const error = await errorOf(verifier, token, { scopes: ['reports:delete'] });
    expect(error).toMatchObject({ status: 403, error: 'insufficient_scope' });
    expect(error?.wwwAuthenticate).toBe(
      'Bearer error="insufficient_scope", error_description="the token does not have the scope that this needs", scope="reports:delete"',
    );
  });
});

describe('authorization details', () => {
  const wanted: [string, AuthorizationDetail, boolean][] = [
    ['the same', { type: 'billing_report', identifier: 'C-42', actions: ['read', 'export'] }, true],
    ['fewer actions', { type: 'billing_report', identifier: 'C-42', actions: ['read'] }, true],
    ['more limits', { type: 'billing_report', identifier: 'C-42', actions: ['read'], datatypes: ['pdf'] }, true],
    ['another type', { type: 'refund', identifier: 'C-42', actions: ['read'] }, false],
    ['another customer', { type: 'billing_report', identifier: 'C-43', actions: ['read'] }, false],
    ['any customer', { type: 'billing_report', actions: ['read'] }, false],
    ['more actions', { type: 'billing_report', identifier: 'C-42', actions: ['read', 'delete'] }, false],
    ['any action', { type: 'billing_report', identifier: 'C-42' }, false],
    ['no action, which is any', { type: 'billing_report', identifier: 'C-42', actions: [] }, false],
  ];
  it.each(wanted)('%s: %j', async (_name, detail, covered) => {
    const error = await errorOf(verifier, token, { details: [detail] });
    if (covered) expect(error).toBeUndefined();
    else expect(error).toMatchObject({ code: 'details_insufficient', status: 403, error: 'insufficient_scope' });
  });
});

describe('the sign-in', () => {
  const contexts: [VerifyContext, string][] = [
    [{ acr: ['urn:writ:acr:mfa'] }, 'accepted'],
    [{ acr: ['urn:writ:acr:single', 'urn:writ:acr:mfa'] }, 'accepted'],
    [{ acr: ['urn:writ:acr:single'] }, 'authentication_insufficient'],
    [{ acr: [] }, 'authentication_insufficient'],
    [{ maxAgeSeconds: 600 }, 'accepted'],
    [{ maxAgeSeconds: 599 }, 'authentication_insufficient'],
    [{ maxAgeSeconds: 0 }, 'authentication_insufficient'],
  ];
  it.each(contexts)('%j: %s', async (context, verdict) => {
    expect(await refusalOf(verifier, token, context)).toBe(verdict);
  });

  it('that a token does not tell of is none', async () => {
    const silent = makeToken(key, { acr: undefined, auth_time: undefined });
    expect(await refusalOf(verifier, silent, { acr: ['urn:writ:acr:single'] })).toBe('authentication_insufficient');
    expect(await refusalOf(verifier, silent, { maxAgeSeconds: 1e9 })).toBe('authentication_insufficient');
  });

  it('that would do is named (RFC 9470)', async () => {
    const error = await errorOf(verifier, makeToken(key, { acr: 'urn:writ:acr:single' }), {
      acr: ['urn:writ:acr:mfa'],
      maxAgeSeconds: 300,
    });
    expect(error).toMatchObject({ status: 401, error: 'insufficient_user_authentication' });
    expect(error?.wwwAuthenticate).toMatch(/, acr_values="urn:writ:acr:mfa", max_age="300"$/u);
  });
});

describe('a request', () => {
  const request = (headers: PresentedRequest['headers'], url = '/reports'): PresentedRequest => ({
    method: 'GET',
    url,
    headers,
  });
  const authorization = `Bearer ${token}`;
  const requests: [string, PresentedRequest, string][] = [
    ['without a token', request({}), 'token_missing'],
    ['with an undefined header', request({ authorization: undefined }), 'token_missing'],
    ['with basic credentials', request({ authorization: 'Basic YTpi' }), 'credentials_refused'],
    ['with a scheme alone', request({ authorization: 'Bearer' }), 'credentials_refused'],
    ['with an empty header', request({ authorization: '' }), 'credentials_refused'],
    [
      'with two tokens in a header',
      request({ authorization: `${authorization}, ${authorization}` }),
      'credentials_refused',
    ],
    ['with a token and more', request({ authorization: `${authorization} realm` }), 'credentials_refused'],
    ['with two headers', request({ authorization: [authorization, authorization] }), 'credentials_refused'],
    ['with two headers in two cases', request({ authorization, Authorization: authorization }), 'credentials_refused'],
    ['with a token in the URL', request({}, `/reports?access_token=${token}`), 'credentials_refused'],
    ['with another one in the URL', request({ authorization }, `/reports?access_token=x`), 'credentials_refused'],
    [
      'with one in the URL, escaped',
      request({ authorization }, `/reports?a=1&access%5Ftoken=x`),
      'credentials_refused',
    ],
    ['with a URL that is none', request({ authorization }, 'reports'), 'credentials_refused'],
    ['with a header in a list', request({ Authorization: [authorization] }), 'accepted'],
    ['with the scheme in lower case', request({ authorization: `bearer ${token}` }), 'accepted'],
    ['with a parameter like it', request({ authorization }, '/reports?my_access_token=x'), 'accepted'],
    ['with an absolute URL', request({ authorization }, 'https://internal:8080/reports'), 'accepted'],
  ];
  it.each(requests)('%s', async (_name, asked, verdict) => {
    expect(await refusalOf(verifier, asked)).toBe(verdict);
  });

  it('without a token learns of both schemes, and of no error', async () => {
    const { verifier: found } = makeBench(key, {
      resourceMetadata: 'https://billing.example.com/.well-known/oauth-protected-resource',
    });
    const error = await errorOf(found, request({}));
    expect(error).toMatchObject({ status: 401, error: undefined, body: {} });
    expect(error?.wwwAuthenticate).toBe(
      'DPoP resource_metadata="https://billing.example.com/.well-known/oauth-protected-resource", algs="ES256 Ed25519 EdDSA PS256 RS256", ' +
        'Bearer resource_metadata="https://billing.example.com/.well-known/oauth-protected-resource"',
    );
  });

  it('with an unreadable header is a bad request', async () => {
    expect(await errorOf(verifier, request({ authorization: 'Basic YTpi' }))).toMatchObject({
      status: 400,
      error: 'invalid_request',
    });
  });
});

it('no challenge can be broken out of', async () => {
  const error = await errorOf(verifier, token, { scopes: ['a"\r\nset-cookie: x', 'b\\'] });
  expect(error?.wwwAuthenticate).toMatch(/^[\x20-\x7e]+$/u);
  expect(error?.wwwAuthenticate).toMatch(/scope="a'  set-cookie: x b "$/u);
});
