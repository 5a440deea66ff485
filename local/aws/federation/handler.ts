/**
 * The console's sign-in federation endpoint, at `/federation`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Identities, SessionCaller } from '../identities.ts';
import type { Sealer } from '../sealer.ts';
import type { Page } from '../server.ts';
import { PAGE_HEADERS, endOf, endedPage, problemPage, sessionPage } from './page.ts';

const SESSION = z.object({ sessionId: z.string(), sessionKey: z.string(), sessionToken: z.string() });
const SESSION_DURATION = z.coerce.number().int().min(900).max(43_200);
const SIGN_IN_TOKEN_MS = 15 * 60_000;
const PURPOSE = 'sign-in-token';

interface SignIn {
  readonly caller: SessionCaller;
  readonly validUntil: number;
}

export interface FederationOptions {
  readonly identities: Identities;
  readonly sealer: Sealer;
  readonly clock: () => number;
}

/** A sign-in token is a secret of 15 minutes: who has the link is the session. */
export function createFederation({ identities, sealer, clock }: FederationOptions): Page {
  function signinToken(query: URLSearchParams, response: ServerResponse): void {
    const found = sessionOf(identities, query.get('Session') ?? '');
    if (found === undefined) {
      text(response, 400, 'The credentials in Session are not those of a temporary session');
      return;
    }
    const duration = query.get('SessionDuration');
    if (duration !== null && (found.chained || !SESSION_DURATION.safeParse(duration).success)) {
      text(
        response,
        400,
        'SessionDuration is out of range, or the session comes of role chaining and may not have one',
      );
      return;
    }
    const now = clock();
    if (found.caller.expiresAt <= now) {
      text(response, 403, 'The session has expired');
      return;
    }
    const signIn: SignIn = { caller: found.caller, validUntil: now + SIGN_IN_TOKEN_MS };
    const body = JSON.stringify({ SigninToken: base64Url(sealer.seal(PURPOSE, signIn)) });
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(body);
  }

  function login(query: URLSearchParams, response: ServerResponse): void {
    const signIn = sealer.open(PURPOSE, query.get('SigninToken') ?? '') as SignIn | undefined;
    const now = clock();
    if (signIn === undefined || signIn.validUntil <= now) {
      html(response, 400, problemPage('The link does not work', 'A sign-in link lives 15 minutes. Ask for a new one.'));
      return;
    }
    if (!isWebAddress(query.get('Destination') ?? '')) {
      html(response, 400, problemPage('The link does not work', 'It has no valid Destination.'));
      return;
    }
    if (endOf(signIn.caller) <= now) html(response, 403, endedPage(signIn.caller));
    else html(response, 200, sessionPage(signIn.caller, now, query.get('Issuer') ?? 'unknown'));
  }

  return (request, body, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== '/federation') return false;
    if (request.method !== 'GET' && request.method !== 'POST') {
      text(response, 405, 'Use GET or POST');
      return true;
    }
    const query = request.method === 'POST' && body.length > 0 ? new URLSearchParams(body.toString()) : searchParams;
    const action = query.get('Action');
    if (action === 'getSigninToken') signinToken(query, response);
    else if (action === 'login') login(query, response);
    else text(response, 400, 'Action must be getSigninToken or login');
    return true;
  };
}

/** The session that these credentials are, secret included. */
function sessionOf(identities: Identities, json: string): { caller: SessionCaller; chained: boolean } | undefined {
  const parsed = SESSION.safeParse(parseJson(json));
  if (!parsed.success) return undefined;
  const { sessionId, sessionKey, sessionToken } = parsed.data;
  const identity = identities.resolve(sessionId, sessionToken);
  if (identity?.caller.kind !== 'session' || !isSame(identity.secretAccessKey, sessionKey)) return undefined;
  return { caller: identity.caller, chained: identity.chained };
}

/** Tells nothing by how long it takes. */
function isSame(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return x !== undefined && y !== undefined && timingSafeEqual(x, y);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Unlike base64 it needs no escapes in a URL. */
function base64Url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function text(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${body}\n`);
}

function html(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, PAGE_HEADERS).end(body);
}
