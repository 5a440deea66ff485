import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { apiGatewayAuthorizer } from '../../../../sdk/verify/index.ts';
import type { AuthorizerEvent } from '../../../../sdk/verify/index.ts';
import { sourceBinding } from '../../../../tokens/sourceBinding.ts';
import { SNAPSHOT, makeBench, makeKey, makeProof, makeToken } from '../fixture.ts';

const key = makeKey();
const holder = makeKey();
const token = makeToken(key);
const { verifier } = makeBench(key);
const authorize = apiGatewayAuthorizer(verifier, { scopes: ['reports:read'] });

const ARN = 'arn:aws:execute-api:us-east-1:111122223333:abc/prod/GET/reports';
const event = (headers: Record<string, string[]>, changes: Partial<AuthorizerEvent> = {}): AuthorizerEvent => ({
  methodArn: ARN,
  httpMethod: 'GET',
  path: '/reports',
  multiValueHeaders: headers,
  requestContext: { identity: { sourceIp: '192.0.2.7', clientCert: null } },
  ...changes,
});
const bearer = (text = token) => ({ Authorization: [`Bearer ${text}`] });

/** What AWS sends is what it takes. */
true satisfies APIGatewayRequestAuthorizerEvent extends AuthorizerEvent | { path: string } ? true : never;

it('allows this one method and path, and says who, for whom and what for', async () => {
  expect(await authorize(event(bearer()))).toEqual({
    principalId: 'admin:local-admin:alice',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: ARN }],
    },
    context: {
      kind: 'delegation',
      subject: 'admin:local-admin:alice',
      actors: '["workload:local-workload:ci"]',
      clientId: 'writ-cli',
      grantId: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
      tokenId: 'tok_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
      scope: 'reports:read reports:export',
      details: '[{"type":"billing_report","identifier":"C-42","actions":["read","export"]}]',
      purpose: 'incident',
      revocation: 'unchecked',
    },
  });
});

it('a path with wildcards allows nothing but itself', async () => {
  const methodArn = `${ARN}/*/\${x}?`;
  const { policyDocument } = await authorize(event(bearer(), { methodArn }));
  expect(policyDocument.Statement[0]?.Resource).toBe(`${ARN}/\${*}/\${$}{x}\${?}`);
});

it('denies what lacks a scope, and says why in the context', async () => {
  const { principalId, policyDocument, context } = await authorize(event(bearer(makeToken(key, { scope: '' }))));
  expect(principalId).toBe('refused');
  expect(policyDocument.Statement).toEqual([{ Action: 'execute-api:Invoke', Effect: 'Deny', Resource: ARN }]);
  expect(context).toMatchObject({ code: 'scope_insufficient', error: 'insufficient_scope' });
  expect(context['wwwAuthenticate']).toMatch(/^Bearer error="insufficient_scope"/u);
});

describe('is not authenticated:', () => {
  const bound = makeToken(key, { cnf: { jkt: holder.kid } });
  const events: [string, AuthorizerEvent][] = [
    ['nothing', event({})],
    ['no headers', event({}, { multiValueHeaders: null })],
    ['a forged token', event(bearer(makeToken(makeKey())))],
    ['two tokens', event({ Authorization: [`Bearer ${token}`, `Bearer ${token}`] })],
    ['a token in the URL', event(bearer(), { queryStringParameters: { access_token: 'x' } })],
    ['a bound token as Bearer', event(bearer(bound))],
    [
      'a proof for another path',
      event({ authorization: [`DPoP ${bound}`], dpop: [makeProof(holder, bound)] }, { path: '/x' }),
    ],
  ];
  it.each(events)('%s', async (_name, asked) => {
    await expect(authorize(asked)).rejects.toThrow(/^Unauthorized$/u);
  });
});

it('takes a proof once', async () => {
  const bound = makeToken(key, { cnf: { jkt: holder.kid } });
  const asked = event({ authorization: [`DPoP ${bound}`], DPoP: [makeProof(holder, bound)] });
  expect((await authorize(asked)).policyDocument.Statement[0]?.Effect).toBe('Allow');
  await expect(authorize(asked)).rejects.toThrow(/^Unauthorized$/u);
});

it('address and certificate are the gateway’s, and no header’s', async () => {
  const jti = 'tok_1';
  const headers = bearer(makeToken(key, { jti, source: sourceBinding(jti, '192.0.2.7') }));
  expect((await authorize(event(headers))).policyDocument.Statement[0]?.Effect).toBe('Allow');
  const requestContext = { identity: { sourceIp: '192.0.2.8' } };
  const forged = { ...headers, 'X-Forwarded-For': ['192.0.2.7'] };
  await expect(authorize(event(forged, { requestContext }))).rejects.toThrow(/^Unauthorized$/u);
});

it('what can’t be known now is neither allowed nor a 401', async () => {
  const bench = makeBench(key, { revocation: { snapshot: {} } });
  const decide = apiGatewayAuthorizer(bench.verifier);
  await expect(decide(event(bearer()))).rejects.toThrow('the authorizer can’t decide now');
  expect(bench.server.calls).toContain(SNAPSHOT);
});
