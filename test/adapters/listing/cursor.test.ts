import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cursorAt, positionIn } from '../../../adapters/listing/cursor.ts';
import { GRANT_POSITION, grantPosition, leafPosition } from '../../../adapters/listing/position.ts';

const POSITION = '001795251600000#grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H';

/** The code of the refusal; fails where there is none. */
function refusal(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
  throw new Error('expected a refusal');
}

describe('a cursor', () => {
  test('leads back to its position, in characters that a URL needs no escape for', () => {
    const cursor = cursorAt('byBucket|live', POSITION);
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(positionIn('byBucket|live', cursor, GRANT_POSITION)[1]).toBe('grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H');
  });

  test('says nothing of whose list it is', () => {
    const cursor = cursorAt('byRequester|admin:corp:alice@example.com', POSITION);
    expect(Buffer.from(cursor, 'base64url').toString()).not.toContain('alice');
  });

  test('of another list is refused', () => {
    const cursor = cursorAt('byRequester|admin:corp:alice', POSITION);
    expect(refusal(() => positionIn('byRequester|admin:corp:bob', cursor, GRANT_POSITION))).toBe('invalid_request');
  });

  test('with a position of another form is refused', () => {
    for (const position of ['', 'x', `${POSITION}x`, POSITION.toLowerCase(), `${POSITION}\n`, '000000000001#0']) {
      const cursor = cursorAt('byBucket|live', position);
      expect(refusal(() => positionIn('byBucket|live', cursor, GRANT_POSITION))).toBe('invalid_request');
    }
  });

  test('changed in any character is refused, or still names a grant of the same list', () => {
    const cursor = cursorAt('byBucket|live', POSITION);
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.stringMatching(/^[\x20-\x7e]$/), (at, character) => {
        fc.pre(cursor[at] !== character);
        const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
        try {
          const [position] = positionIn('byBucket|live', changed, GRANT_POSITION);
          expect(cursorAt('byBucket|live', position)).toBe(changed);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_request' });
        }
      }),
    );
  });

  test.each(['=', '==', '\n', ' ', '+', '.'])('followed by %j is refused', (tail) => {
    const cursor = cursorAt('byBucket|live', POSITION) + tail;
    expect(refusal(() => positionIn('byBucket|live', cursor, GRANT_POSITION))).toBe('invalid_request');
  });
});

describe('positions', () => {
  const id = 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H';

  test('are ordered as the times of request', () => {
    const time = fc.integer({ min: 0, max: 9e14 });
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [x, y] = [grantPosition({ id, requestedAt: a }), grantPosition({ id, requestedAt: b })];
        expect(x < y).toBe(a < b);
      }),
    );
  });

  test('of leaves are ordered by version, then by what made it', () => {
    const version = fc.nat();
    const role = fc.constantFrom('transition' as const, 'event' as const);
    fc.assert(
      fc.property(version, version, role, role, (v, w, r, s) => {
        const [x, y] = [
          leafPosition({ version: v, role: r, id: 'evt_A' }),
          leafPosition({ version: w, role: s, id: 'evt_B' }),
        ];
        const before =
          v < w || (v === w && r === 'transition' && s === 'event') || (v === w && r === 'event' && s === 'event');
        expect(x < y).toBe(before);
      }),
    );
  });
});
