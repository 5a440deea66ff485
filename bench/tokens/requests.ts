import { randomUUID } from 'node:crypto';
import { ASSERTION_TYPE, GRANT_TYPES, TOKEN_TYPES } from '../../contract/oauth.ts';
import type { BenchKey } from './keys.ts';
import { createKey } from './keys.ts';
import type { Known } from './sample.ts';
import { CLIENTS, grantIdOf, IDP, people, SCOPES } from './sample.ts';

/** An authorization server, as its clients see it. */
export interface Server {
  /** `iss` and audience of client assertions. */
  readonly issuer: string;
  /** What proofs are for. */
  readonly tokenEndpoint: string;
  /** Where it listens. */
  readonly port: number;
  readonly paths: { readonly token: string; readonly introspect: string };
  /** The API whose tokens it introspects. */
  readonly introspectedApi: string;
}

export interface FormRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Makes requests that are good once, as clients do: each has an assertion and a proof of its own. */
export interface Requests {
  readonly known: Known;
  exchange(
    server: Server,
    asked: {
      readonly client: 'publicOne' | 'withKey';
      /** Which of the people; from the end, where it is negative. */
      readonly person: number;
      readonly nonce?: string | undefined;
      readonly resource: string;
    },
  ): FormRequest;
  introspection(server: Server, token: string): FormRequest;
}

export function createRequests(): Requests {
  const [idp, proof] = [createKey(), createKey()];
  const keys: Readonly<Record<string, BenchKey>> = { [CLIENTS.withKey]: createKey(), [CLIENTS.server]: createKey() };
  const now = (): number => Math.floor(Date.now() / 1000);
  const names = people();
  const subjectTokens = names.map((person) =>
    idp.jwt(
      { typ: 'at+jwt', kid: idp.published.kid },
      {
        iss: IDP.issuer,
        aud: IDP.audience,
        sub: person,
        client_id: CLIENTS.publicOne,
        jti: randomUUID(),
        iat: now(),
        exp: now() + 3600,
        auth_time: now() - 60,
        amr: ['pwd', 'otp', 'mfa'],
        groups: ['engineers'],
        person,
        project: 'shop',
      },
    ),
  );

  function assertion(clientId: string, { issuer }: Server): Record<string, string> {
    const key = keys[clientId];
    if (!key) throw new Error(`${clientId} has no key`);
    const claims = { iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), iat: now(), exp: now() + 60 };
    return {
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: key.jwt({ typ: 'JWT', kid: key.published.kid }, claims),
    };
  }

  const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}): FormRequest => ({
    path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });

  return {
    known: {
      idp: idp.published,
      clients: Object.fromEntries(Object.entries(keys).map(([id, { published }]) => [id, published])),
    },

    exchange(server, { client, person, nonce, resource }) {
      const claims = {
        htm: 'POST',
        htu: server.tokenEndpoint,
        iat: now(),
        jti: randomUUID(),
        ...(nonce !== undefined && { nonce }),
      };
      return form(
        server.paths.token,
        {
          grant_type: GRANT_TYPES.exchange,
          ...(client === 'publicOne' ? { client_id: CLIENTS.publicOne } : assertion(CLIENTS.withKey, server)),
          grant_id: grantIdOf(names.at(person) ?? ''),
          subject_token: subjectTokens.at(person) ?? '',
          subject_token_type: TOKEN_TYPES.access,
          resource,
          scope: SCOPES.join(' '),
        },
        { dpop: proof.jwt({ typ: 'dpop+jwt', jwk: proof.jwk }, claims) },
      );
    },

    introspection: (server, token) => form(server.paths.introspect, { ...assertion(CLIENTS.server, server), token }),
  };
}
