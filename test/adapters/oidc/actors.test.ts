import { describe, expect, it } from 'vitest';
import { ADMIN, makeBench, makeKey, makeToken, refusalOf, SUPPORT } from './fixture.ts';

const key = makeKey('key-1');

const tokenOf = (act: unknown): string => makeToken(key, { claims: { act } });
const verdictOf = (act: unknown): Promise<string> => refusalOf(makeBench(key).verifier, tokenOf(act));

async function actorsOf(act: unknown) {
  return (await makeBench(key).verifier.verify(tokenOf(act))).principal.actors;
}

const actor = (subject: string) => ({
  id: `admin:admins:${subject}`,
  domain: 'admin',
  subject,
  person: `admin:admins:${subject}`,
});

/** `actor-1`, for whom `actor-2` acts, and so on: the outermost first. */
function chain(length: number): Record<string, unknown> | undefined {
  let act: Record<string, unknown> | undefined;
  for (let link = length; link > 0; link--) act = { sub: `actor-${link}`, ...(act && { act }) };
  return act;
}

describe('a token with `act`', () => {
  it('tells who acts for its subject, the outermost first', async () => {
    expect(await actorsOf({ sub: 'agent', act: { sub: 'bob' } })).toEqual([actor('agent'), actor('bob')]);
  });

  it('has none without it', async () => {
    expect(await actorsOf(undefined)).toBeUndefined();
  });

  it('may name its own issuer', async () => {
    expect(await actorsOf({ sub: 'agent', iss: ADMIN.issuer })).toEqual([actor('agent')]);
  });

  it('takes no claim of an actor for their person, nor for anything else', async () => {
    expect(await actorsOf({ sub: 'agent', person: 'alice', groups: ['security-admins'], domain: 'customer' })).toEqual([
      actor('agent'),
    ]);
  });

  it('may hold four actors, and no more', async () => {
    expect((await actorsOf(chain(4)))?.map(({ subject }) => subject)).toEqual([
      'actor-1',
      'actor-2',
      'actor-3',
      'actor-4',
    ]);
    expect(await verdictOf(chain(5))).toBe('claim_invalid');
    expect(await verdictOf(chain(60))).toBe('token_malformed'); // nested deeper than any token
  });

  const malformed: [string, unknown][] = [
    ['null', null],
    ['a text', 'agent'],
    ['a number', 7],
    ['true', true],
    ['a list', [{ sub: 'agent' }]],
    ['an empty object', {}],
    ['no subject', { iss: ADMIN.issuer }],
    ['an empty subject', { sub: '' }],
    ['a subject that is a number', { sub: 7 }],
    ['a subject with a blank at its end', { sub: 'agent ' }],
    ['a subject of 256 characters', { sub: 'x'.repeat(256) }],
    ['another issuer', { sub: 'agent', iss: 'https://idp.example.org' }],
    ['another trusted issuer', { sub: 'agent', iss: SUPPORT.issuer }],
    ['an issuer that is null', { sub: 'agent', iss: null }],
    ['a null further in', { sub: 'agent', act: null }],
    ['a list further in', { sub: 'agent', act: [] }],
    ['no subject further in', { sub: 'agent', act: {} }],
    ['another issuer further in', { sub: 'agent', act: { sub: 'bob', iss: SUPPORT.issuer } }],
  ];
  it.each(malformed)('is useless with %s', async (_, act) => {
    expect(await verdictOf(act)).toBe('claim_invalid');
  });
});
