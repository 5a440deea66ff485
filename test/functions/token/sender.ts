import { createHash, createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { ASSERTION_TYPE, GRANT_TYPES, TOKEN_TYPES } from '../../../contract/oauth.ts';
import { sampleClientKey } from '../../../local/samples/clientKeys.ts';
import { thumbprintOf } from '../../../tokens/thumbprint.ts';
import { apiEvent } from '../event.ts';
import { ISSUER, TOKEN_ENDPOINT } from '../oauthParts.ts';
import { createSystem } from '../system.ts';

/** People, clients and their keys, who talk to the authorization server as OAuth libraries do. */

export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

const base64url = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

function signed(key: KeyObject, header: object, payload: object): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** A key that DPoP proofs are made with. */
export function createHolderKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const jwk = { kty: 'EC', crv: 'P-256', x, y };
  return {
    jkt: thumbprintOf(jwk),
    proof: (claims: object, header: object = {}) =>
      signed(privateKey, { typ: 'dpop+jwt', alg: 'ES256', jwk, ...header }, claims),
  };
}
export type HolderKey = ReturnType<typeof createHolderKey>;

export const athOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

export interface OAuthAnswered {
  readonly status: number;
  readonly error: string;
  readonly description: string;
  readonly body: Record<string, unknown>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly raw: APIGatewayProxyResult;
}

export interface SendOptions {
  readonly key?: HolderKey | undefined;
  readonly proof?: string | readonly string[];
  readonly headers?: Readonly<Record<string, string[]>>;
  readonly path?: 'token' | 'introspect' | 'revoke';
  readonly body?: string;
  readonly query?: Record<string, string[]>;
  readonly context?: object;
  readonly method?: string;
}

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  alice: ['engineers'],
  bob: ['engineers', 'team-leads'],
  dave: ['support'],
  ci: ['workloads'],
};
const ISSUERS = { admin: '', support: '/support', customer: '/customer', workload: '/workload' } as const;

export function createTokenSystem() {
  const system = createSystem();
  const { oauth, deps } = system;
  const seconds = (): number => Math.floor(deps.clock() / 1000);

  /** A person's or workload's access token, of their identity provider. */
  function signInToken(
    who: string,
    over: Readonly<Record<string, unknown>> = {},
    domain: keyof typeof ISSUERS = 'admin',
  ) {
    const header = { typ: 'at+jwt', alg: 'ES256', kid: oauth.idp.kid };
    return oauth.idp.signText(header, {
      iss: `http://127.0.0.1:4602${ISSUERS[domain]}`,
      aud: 'writ',
      sub: who,
      person: who,
      project: 'shop',
      groups: GROUPS[who] ?? [],
      client_id: 'writ-cli',
      iat: seconds() - 1,
      exp: seconds() + 3_600,
      jti: randomUUID(),
      amr: ['pwd'],
      ...over,
    });
  }

  function assertion(client: string, over: object = {}): string {
    const key = sampleClientKey(client);
    const payload = { iss: client, sub: client, aud: ISSUER, jti: randomUUID(), iat: seconds(), exp: seconds() + 60 };
    const { kid, ...jwk } = key;
    const privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
    return signed(privateKey, { typ: 'client-authentication+jwt', alg: 'ES256', kid }, { ...payload, ...over });
  }

  const asClient = (client: string): Fields =>
    client === 'writ-cli'
      ? { client_id: client }
      : {
          client_assertion_type: ASSERTION_TYPE,
          client_assertion: client === 'ci' ? signInToken('ci', { client_id: 'ci' }, 'workload') : assertion(client),
        };

  async function proofFor(key: HolderKey, over: object = {}): Promise<string> {
    const { current } = await oauth.nonces();
    const claims = { jti: randomUUID(), htm: 'POST', htu: TOKEN_ENDPOINT, iat: seconds(), nonce: current };
    return key.proof({ ...claims, ...over });
  }

  async function send(fields: Fields, options: SendOptions = {}): Promise<OAuthAnswered> {
    const { key, path = 'token', headers = {}, query, context, method = 'POST' } = options;
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      for (const one of value === undefined ? [] : [value].flat()) form.append(name, one);
    }
    const proofs = options.proof ?? (key && (await proofFor(key)));
    const event = apiEvent({
      method,
      resource: `/oauth2/${path}`,
      body: options.body ?? form.toString(),
      ...(query && { query }),
      headers: {
        'content-type': ['application/x-www-form-urlencoded'],
        ...(proofs !== undefined && { DPoP: [proofs].flat() }),
        ...headers,
      },
    });
    Object.assign(event.requestContext.identity, context ?? {});
    const raw = await system.duties.token(event satisfies APIGatewayProxyEvent);
    const isJson = raw.headers?.['content-type'] === 'application/json';
    const body = (isJson ? JSON.parse(raw.body) : {}) as Record<string, unknown>;
    const [error = '', description = ''] = [body['error'], body['error_description']].map((text) => text as string);
    return { status: raw.statusCode, error, description, body, headers: raw.headers ?? {}, raw };
  }

  const grantOf = async (who: string, ask: object): Promise<string> => {
    const { body, status } = await system.call('createGrant', who, { json: { ...ASK_REPORT, ...ask } });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return String(body['id']);
  };

  const exchangeForm = (grantId: string, over: Fields = {}): Fields => ({
    grant_type: GRANT_TYPES.exchange,
    grant_id: grantId,
    subject_token: signInToken('alice'),
    subject_token_type: TOKEN_TYPES.access,
    ...asClient('writ-cli'),
    ...over,
  });

  /** Alice's token for a new grant, as the command line gets it. */
  async function aliceToken(key = createHolderKey()) {
    const grantId = await grantOf('alice', {});
    const answer = await send(exchangeForm(grantId), { key });
    if (answer.status !== 200) throw new Error(answer.raw.body);
    return { key, grantId, answer, token: String(answer.body['access_token']) };
  }

  const introspect = (token: string, client = 'billing', options: SendOptions = {}) =>
    send({ ...asClient(client), token }, { ...options, path: 'introspect' });

  return {
    ...system,
    seconds,
    signInToken,
    assertion,
    asClient,
    proofFor,
    send,
    grantOf,
    exchangeForm,
    aliceToken,
    introspect,
    revoke: (token: string, client = 'writ-cli', over: Fields = {}) =>
      send({ ...asClient(client), token, ...over }, { path: 'revoke' }),
  };
}

export type TokenSystem = ReturnType<typeof createTokenSystem>;

export const ASK_REPORT = {
  entitlement: 'billing-report',
  parameters: { customer: 'C-42' },
  durationSeconds: 3_600,
  purpose: 'invoice question',
  justification: 'customer called',
};

/** What a token says. Its signature is not looked at. */
export const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
