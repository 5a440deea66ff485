import { randomBytes } from 'node:crypto';
import { decodeTime } from 'ulid';
import { describe, expect, test } from 'vitest';
import { createIds } from '../../../adapters/aws/ids.ts';
import { sha256 } from '../../../adapters/aws/sha256.ts';
import { STATUS_LIST_SIZE } from '../../../core/oauth/accessToken.ts';
import { NOW } from '../../core/fixtures.ts';

const ids = createIds(() => NOW, randomBytes);
const many = (make: () => string): string[] => Array.from({ length: 1_000 }, make);

describe('ids', () => {
  test.each<[string, () => string, RegExp]>([
    ['a grant', () => ids.grant(), /^grt_[0-9A-HJKMNP-TV-Z]{26}$/],
    ['an event', () => ids.event(), /^evt_[0-9A-HJKMNP-TV-Z]{26}$/],
    ['an approval', () => ids.approval(), /^apr_[0-9A-HJKMNP-TV-Z]{26}$/],
    ['an extension', () => ids.extension(), /^ext_[0-9A-HJKMNP-TV-Z]{26}$/],
    ['a consent', () => ids.consent(), /^cns_[0-9A-HJKMNP-TV-Z]{26}$/],
    ['an intent', () => ids.intent(), /^ses_[a-z2-7]{26}$/],
    ['a source identity', () => ids.sourceIdentity(), /^writ-[a-z2-7]{26}$/],
    ['a token', () => ids.token(), /^tok_[a-z2-7]{26}$/],
    ['a family of refresh tokens', () => ids.family(), /^rtf_[a-z2-7]{26}$/],
    ['a salt', () => ids.salt(), /^[0-9a-f]{32}$/],
  ])('of %s have their form, and none comes twice', (_, make, form) => {
    const made = many(make);
    for (const id of made) expect(id).toMatch(form);
    expect(new Set(made).size).toBe(made.length);
  });

  test('entries of the status list are any of its entries, by the lowest bits of three bytes', () => {
    for (let made = 0; made < 1_000; made++) {
      const index = ids.statusIndex();
      expect(Number.isInteger(index) && index >= 0 && index < STATUS_LIST_SIZE).toBe(true);
    }
    const from = (...bytes: number[]) =>
      createIds(
        () => NOW,
        () => Uint8Array.from(bytes),
      ).statusIndex();
    expect([from(0, 0, 0), from(0, 1, 2), from(0x0f, 0xff, 0xff), from(0xff, 0, 1)]).toEqual([
      0,
      258,
      STATUS_LIST_SIZE - 1,
      0x0f_00_01,
    ]);
  });

  test('are what STS takes as names', () => {
    for (const id of [ids.intent(), ids.sourceIdentity()]) expect(id).toMatch(/^[\w+=,.@-]{2,64}$/);
  });

  test('of events rise, within a millisecond and when the clock goes back', () => {
    let now = NOW;
    const backwards = createIds(() => now--, randomBytes);
    const made = many(() => backwards.event());
    expect([...made].sort()).toEqual(made);
  });

  test('of grants and events tell their time', () => {
    expect(decodeTime(ids.grant().slice('grt_'.length))).toBe(NOW);
    expect(decodeTime(ids.event().slice('evt_'.length))).toBe(NOW);
  });

  test('take every bit of their chance from the source', () => {
    // Each byte counts by its low five bits, so 32 values give 32 letters, and 26 of them 130 bits.
    const letters = new Set(
      Array.from({ length: 256 }, (_, byte) =>
        createIds(
          () => NOW,
          (count) => new Uint8Array(count).fill(byte),
        ).intent(),
      ),
    );
    expect(letters.size).toBe(32);
    let asked = 0;
    const counting = createIds(
      () => NOW,
      (count) => {
        asked += count;
        return randomBytes(count);
      },
    );
    counting.sourceIdentity();
    expect(asked).toBe(26);
    counting.grant();
    expect(asked).toBe(26 + 16);
    counting.salt();
    expect(asked).toBe(26 + 16 + 16);
  });
});

test('sha256 is lower-case hex of UTF-8 text (FIPS 180-4, "abc")', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
});
