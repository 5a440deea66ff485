import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../contract/routes.ts';
import { WritError } from '../../../core/errors.ts';
import { parseRequest } from '../../../functions/shared/request.ts';
import type { EventFacts } from '../event.ts';
import { apiEvent } from '../event.ts';

const JSON_TYPE = { 'Content-Type': ['application/json'] };
const ASK = {
  entitlement: 'orders-read',
  parameters: { customer: 'C-42' },
  durationSeconds: 600,
  purpose: 'incident',
  justification: 'look at one order',
};

const create = (over: Partial<EventFacts>) =>
  parseRequest(ROUTES.createGrant, apiEvent({ method: 'POST', resource: '/v1/grants', headers: JSON_TYPE, ...over }));
const withBody = (body: unknown) => create({ body: typeof body === 'string' ? body : JSON.stringify(body) });

function refusal(act: () => unknown): { code: string; detail: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof WritError) return { code: error.code, detail: error.message };
    throw error;
  }
  return { code: 'accepted', detail: '' };
}

describe('parseRequest', () => {
  it('takes a whole request', () => {
    expect(withBody(ASK).body).toEqual(ASK);
  });

  it('trims text and fills in what may be left out', () => {
    const { parameters: _, ...rest } = ASK;
    expect(withBody({ ...rest, purpose: '  incident ' }).body).toEqual({
      ...rest,
      parameters: {},
      purpose: 'incident',
    });
  });

  it.each<[string, unknown, string]>([
    ['no body', '', '`entitlement`'],
    ['malformed JSON', '{', 'not an acceptable JSON object'],
    ['an array', '[]', 'not an acceptable JSON object'],
    ['a duplicate member', '{"entitlement":"a1","entitlement":"b1"}', 'names a member twice'],
    ['a duplicate member, escaped', '{"entitlement":"a1","\\u0065ntitlement":"b1"}', 'names a member twice'],
    ['__proto__', '{"__proto__":{"entitlement":"a1"}}', '`__proto__`'],
    ['depth over 16', `${'{"a":'.repeat(17)}1${'}'.repeat(17)}`, 'deeper than 16'],
    ['an unknown member', { ...ASK, admin: true }, 'Unrecognized key: "admin"'],
    ['a wildcard entitlement', { ...ASK, entitlement: '*' }, '`entitlement` must be an entitlement id'],
    ['a number for text', { ...ASK, purpose: 5 }, '`purpose`'],
    ['empty text', { ...ASK, justification: '   ' }, '`justification` must not be empty'],
    ['control characters', { ...ASK, justification: 'a\u0007b' }, '`justification` must be one line of text'],
    ['a line break', { ...ASK, justification: 'a\nb' }, 'one line of text'],
    ['a bidi override', { ...ASK, purpose: 'a\u202eb' }, 'one line of text'],
    ['overlong text', { ...ASK, justification: 'x'.repeat(1001) }, 'at most 1000 characters'],
    ['a fraction of a second', { ...ASK, durationSeconds: 5.5 }, 'whole seconds'],
    ['too short', { ...ASK, durationSeconds: 4 }, 'at least 5 seconds'],
    ['too long', { ...ASK, durationSeconds: 43_201 }, 'at most 43200 seconds'],
    ['a time without zone', { ...ASK, startsAt: '2026-11-21T09:00:00' }, 'RFC 3339'],
    ['a local time', { ...ASK, startsAt: '2026-11-21T09:00:00+01:00' }, 'RFC 3339'],
    ['a bad ticket', { ...ASK, ticket: 'INC 42; rm' }, 'must be a ticket id'],
    ['a parameter that is no text', { ...ASK, parameters: { customer: 42 } }, '`parameters.customer`'],
    ['a parameter with a bad name', { ...ASK, parameters: { 'a b': 'x' } }, 'must be a parameter name'],
    [
      'too many parameters',
      { ...ASK, parameters: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`p${n}`, 'x'])) },
      'at most 20',
    ],
    ['an empty scope', { ...ASK, scope: [] }, '`scope`'],
  ])('refuses %s', (_, body, detail) => {
    const { code, detail: said } = refusal(() => withBody(body));
    expect(code).toBe('invalid_request');
    expect(said).toContain(detail);
  });

  it('refuses a body over 32 kB before reading it', () => {
    expect(refusal(() => withBody({ ...ASK, justification: 'x'.repeat(33 * 1024) })).code).toBe('payload_too_large');
  });

  it.each([['text/plain'], ['application/json; charset=latin1'], ['']])('refuses the type %j', (type) => {
    const { code } = refusal(() => create({ headers: { 'content-type': [type] }, body: '{}' }));
    expect(code).toBe('unsupported_media_type');
  });

  it('refuses repeated headers and query members', () => {
    const twice = { ...JSON_TYPE, 'Idempotency-Key': ['a', 'b'] };
    expect(refusal(() => create({ headers: twice, body: JSON.stringify(ASK) })).detail).toContain('more than once');
    expect(refusal(() => create({ query: { dryRun: ['true', 'false'] }, body: JSON.stringify(ASK) })).detail).toContain(
      'more than once',
    );
  });

  it.each(['', 'a b', 'x'.repeat(129), 'ключ'])('refuses the idempotency key %j', (key) => {
    const { code, detail } = refusal(() =>
      create({ headers: { ...JSON_TYPE, 'idempotency-key': [key] }, body: JSON.stringify(ASK) }),
    );
    expect([code, detail]).toEqual(['invalid_request', 'header Idempotency-Key must be 1 to 128 printable characters']);
  });

  it('refuses unknown query members, foreign ids and bad limits', () => {
    const list = (query: Record<string, string[]>) =>
      refusal(() => parseRequest(ROUTES.listGrants, apiEvent({ resource: '/v1/grants', query })));
    expect(list({ limit: ['0'] }).detail).toContain('`limit` must be 1 to 100');
    expect(list({ user: ['bob'] }).detail).toContain('Unrecognized key');
    expect(list({ cursor: ['../..'] }).detail).toContain('must be a cursor');
    const read = refusal(() =>
      parseRequest(ROUTES.getGrant, apiEvent({ resource: '/v1/grants/{id}', path: { id: 'grt_x' } })),
    );
    expect(read.detail).toContain('`id` must be a grant id');
  });
});
