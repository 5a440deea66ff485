/** The function as it is deployed, and its rules. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { putTogether } from '../../../sdk/cdk/authorizerCode.ts';
import { routedAuthorizer } from '../../../sdk/cdk/routedAuthorizer.ts';
import { AUDIENCE, ISSUER, makeBench, makeKey, makeProof, makeToken } from '../verify/fixture.ts';

const key = makeKey();
const holder = makeKey();
const token = makeToken(key, { cnf: { jkt: holder.kid } });

const event = (resource: string, headers: Record<string, string[]> = {}) => ({
  methodArn: 'arn:aws:execute-api:eu-central-1:123456789012:api/live/GET/reports',
  httpMethod: 'GET',
  path: '/reports',
  resource,
  multiValueHeaders: headers,
  requestContext: { identity: { sourceIp: '192.0.2.1' } },
});

const signed = (resource: string) =>
  event(resource, { Authorization: [`DPoP ${token}`], DPoP: [makeProof(holder, token)] });

const ROUTES = { 'GET /reports': { scopes: ['reports:read'] }, 'GET /invoices': { scopes: ['invoices:read'] } };
const authorize = () => routedAuthorizer(makeBench(key).verifier, ROUTES, 'eu-central-1');

describe('routedAuthorizer', () => {
  it('lets a good token through where it has what the route needs', async () => {
    const { policyDocument, context } = await authorize()(signed('/reports'));
    expect(policyDocument.Statement).toMatchObject([{ Effect: 'Allow' }]);
    expect(context).toMatchObject({ subject: 'admin:local-admin:alice', scope: 'reports:read reports:export' });
  });

  it('denies where it has not, with what would do', async () => {
    const { policyDocument, context } = await authorize()(signed('/invoices'));
    expect(policyDocument.Statement).toMatchObject([{ Effect: 'Deny' }]);
    expect(context['wwwAuthenticate']).toContain('scope="invoices:read"');
  });

  it.each(['/forgotten', '/constructor'])('denies %s, which is not listed, whatever comes', async (resource) => {
    const { policyDocument, context } = await authorize()(signed(resource));
    expect(policyDocument.Statement).toMatchObject([{ Effect: 'Deny' }]);
    expect(context['code']).toBe('route_not_listed');
  });

  it('says 401 without a token', async () => {
    await expect(authorize()(event('/reports'))).rejects.toThrow('Unauthorized');
  });
});

describe('the deployed function', () => {
  // Inside the repository, so that the AWS SDK is found as it is in the runtime.
  const directory = mkdtempSync(join(process.cwd(), 'node_modules', '.writ-authorizer-'));
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  it('starts with its settings, and refuses what has no token', async () => {
    putTogether(directory, ROUTES);
    const settings = {
      WRIT_ISSUER: ISSUER,
      WRIT_AUDIENCE: AUDIENCE,
      WRIT_REPLAY_TABLE: 'proofs',
      WRIT_REVOCATION: 'snapshot',
      WRIT_IMPERSONATION: 'false',
      WRIT_CONSUMES: 'false',
      AWS_REGION: 'eu-central-1',
    };
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
    const { handler } = (await import(pathToFileURL(join(directory, 'index.mjs')).href)) as {
      handler: (of: object) => Promise<unknown>;
    };
    await expect(handler(event('/reports'))).rejects.toThrow('Unauthorized');
    expect(await handler(event('/forgotten'))).toMatchObject({ context: { code: 'route_not_listed' } });
  });
});
