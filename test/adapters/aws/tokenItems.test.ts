import { describe, expect, test } from 'vitest';
import { fromActivityItem, idOfTold, toActivityItem, toToldItem } from '../../../adapters/aws/activityItem.ts';
import { idOfChild, toChildItem } from '../../../adapters/aws/childItem.ts';
import { checkNotEnded, endOf } from '../../../adapters/aws/endedItem.ts';
import { fromFamilyItem, toFamilyItem } from '../../../adapters/aws/familyItem.ts';
import { toGrantItem } from '../../../adapters/aws/grantItem.ts';
import { guardsOf } from '../../../adapters/aws/guardItem.ts';
import type { Item } from '../../../adapters/aws/item.ts';
import { MalformedItem } from '../../../adapters/aws/item.ts';
import { fromRingItem, fromSnapshotItem, toRingItem, toSnapshotItem } from '../../../adapters/aws/keyRingItem.ts';
import { toPresentedItem } from '../../../adapters/aws/presentedItem.ts';
import {
  fromRevokedItem,
  listEnded,
  mattersAfter,
  REVOKED_PARTITIONS,
  toRevokedItem,
} from '../../../adapters/aws/revokedItem.ts';
import { NEWLY_REVOKED_FILTER } from '../../../adapters/aws/tables.ts';
import { fromTokenItem, toSpentItem, toTokenItem } from '../../../adapters/aws/tokenItem.ts';
import { slotFreeAt } from '../../../core/oauth/afterlife.ts';
import type { Revoked } from '../../../core/oauth/ports.ts';
import { takeEntry } from '../../../adapters/aws/presentedItem.ts';
import { requester, newGrant, RETURNED } from '../samples.ts';
import { NOW } from '../../core/fixtures.ts';
import { activityOf, familyOf, markOf, successorOf, tokenGrant, tokenOf } from '../tokenStore/samples.ts';

const grant = tokenGrant();
const token = tokenOf(grant);
const family = familyOf(grant);
const activity = activityOf(token);
const ring = { version: 3, current: 'b', since: NOW };
const snapshot = { number: 7, jwt: 'e30.e30.c2ln', issuedAt: NOW, expiresAt: NOW + 150_000 };

describe('what is written is what is read', () => {
  test.each([
    ['as it is issued', token],
    ['of a refresh family', { ...token, family: family.id }],
    ['that was revoked', { ...token, revokedAt: NOW + 1, uses: 3 }],
  ])('a token %s', (_, any) => {
    expect(fromTokenItem(toTokenItem(any))).toEqual(any);
  });

  test.each([
    ['as it begins', family],
    ['that moved on', successorOf(family)],
    ['that was revoked', { ...family, revokedAt: NOW }],
    [
      'with all that there may be',
      familyOf(grant, {
        confirmation: { 'x5t#S256': 'x'.repeat(43) },
        principal: {
          ...family.principal,
          email: 'alice@example.com',
          actors: [requester('carol')],
          authentication: { mfa: true, methods: ['hwk'], sealedKey: 'key-1', at: NOW },
        },
        actors: [requester('carol').id],
        source: 'a'.repeat(64),
        region: 'eu-central-1',
        details: [{ type: 'refund', locations: ['https://shop.example.com'], identifier: 'A-1', actions: ['create'] }],
      }),
    ],
  ])('a family %s', (_, any) => {
    expect(fromFamilyItem(toFamilyItem(any))).toEqual(any);
  });

  test('an activity', () => {
    expect(fromActivityItem(toActivityItem(activity, NOW))).toEqual(activity);
    expect(idOfTold(toToldItem(activity, 'a'.repeat(64), NOW))).toBe(activity.id);
  });

  test('the key ring and the snapshot', () => {
    expect(fromRingItem(toRingItem(ring))).toEqual(ring);
    expect(fromSnapshotItem(toSnapshotItem(snapshot))).toEqual(snapshot);
  });
});

const TYPES: readonly [string, Item, (item: Item) => unknown, readonly string[]][] = [
  [
    'token',
    toTokenItem(token),
    fromTokenItem,
    ['type', 'jti', 'grantId', 'clientId', 'statusIndex', 'issuedAt', 'expiresAt', 'narrowings', 'uses'],
  ],
  ['refresh family', toFamilyItem(family), fromFamilyItem, ['type', 'generation', 'family']],
  [
    'activity',
    toActivityItem(activity, NOW),
    fromActivityItem,
    ['type', 'id', 'grantId', 'jti', 'server', 'operation', 'resource', 'outcome', 'at'],
  ],
  ['told activity', toToldItem(activity, 'a'.repeat(64), NOW), idOfTold, ['type', 'id']],
  ['child', toChildItem('grt_1', grant), idOfChild, ['type', 'grantId']],
  ['key ring', toRingItem(ring), fromRingItem, ['type', 'version', 'current', 'since']],
  ['snapshot', toSnapshotItem(snapshot), fromSnapshotItem, ['type', 'number', 'jwt', 'issuedAt', 'expiresAt']],
  ['revocation', toRevokedItem({ token }, NOW), fromRevokedItem, ['type', 'kind', 'jti', 'statusIndex', 'expiresAt']],
  ['revocation', toRevokedItem({ grantId: 'grt_1', narrowings: 1 }, NOW), fromRevokedItem, ['grantId', 'narrowings']],
];

describe.each(TYPES)('a malformed %s', (what, item, from, needed) => {
  test.each(needed)('is not read without `%s`, nor with another type of it', (name) => {
    const { [name]: _, ...rest } = item;
    expect(() => from(rest)).toThrow(`malformed ${what}`);
    for (const value of [{ BOOL: true }, { N: '1.5' }, { L: [] }]) {
      expect(() => from({ ...item, [name]: value })).toThrow(MalformedItem);
    }
  });
});

describe('a family', () => {
  const withDocument = (over: object): Item => ({
    ...toFamilyItem(family),
    family: { S: JSON.stringify({ ...family, ...over }) },
  });

  test.each<[string, Item, string]>([
    ['of another generation', { ...toFamilyItem(family), generation: { N: '2' } }, '`generation` is not that of'],
    ['that only the attribute calls revoked', { ...toFamilyItem(family), revokedAt: { N: '1' } }, '`revokedAt` is not'],
    ['bound to nothing', withDocument({ confirmation: {} }), '`family`.confirmation.x5t#S256 is not there'],
    ['bound to two things', withDocument({ confirmation: { jkt: 'j', kid: 'k' } }), '.confirmation.kid is not a known'],
    [
      'of somebody who may have signed in',
      withDocument({ principal: { ...family.principal, authentication: { mfa: 'yes', methods: [] } } }),
      '.authentication.mfa is not true or false',
    ],
  ])('%s is an error', (_, item, problem) => {
    expect(() => fromFamilyItem(item)).toThrow(problem);
  });
});

describe('guards', () => {
  test('are eight copies of what issuing looks at, and go when the grant goes', () => {
    const over = tokenGrant({ version: 5, narrowings: 2 }, RETURNED);
    const writes = guardsOf('t', over).map(({ Update }) => Update);
    expect(writes.map((write) => write?.Key)).toEqual(
      Array.from({ length: 8 }, (_, guard) => ({ pk: { S: `GRANT#${over.id}` }, sk: { S: `GUARD#${guard}` } })),
    );
    for (const write of writes) {
      expect(write?.ExpressionAttributeValues).toEqual({
        ':type': { S: 'guard' },
        ':status': { S: 'returned' },
        ':version': { N: '5' },
        ':narrowings': { N: '2' },
        ':ttl': toGrantItem(over)['ttl'],
      });
    }
    expect(guardsOf('t', grant)[0]?.Update?.ExpressionAttributeValues).not.toHaveProperty(':ttl');
  });

  test('are not made for a grant that lends a role', () => {
    expect(guardsOf('t', newGrant())).toEqual([]);
  });
});

test('the end of a token is said by eight items of the same, of which an exchange looks at any', () => {
  const keys = endOf('t', token).map(({ Put }) => ({ pk: Put?.Item?.['pk'], sk: Put?.Item?.['sk'] }));
  expect(new Set(keys.map(({ sk }) => sk?.S)).size).toBe(8);
  const looked = Array.from({ length: 8 }, (_, sign) => checkNotEnded('t', token, () => (sign + 0.99) / 8));
  expect(looked.map(({ ConditionCheck }) => ConditionCheck?.Key)).toEqual(keys);
});

describe('what ended early', () => {
  const { jti, statusIndex, expiresAt } = token;
  const revocations: Revoked[] = [
    { grantId: grant.id },
    { grantId: grant.id, narrowings: 2 },
    { token: { jti, statusIndex, expiresAt } },
  ];

  test('is read as it is written, from keys that are in the order of time', () => {
    for (const revoked of revocations) expect(fromRevokedItem(toRevokedItem(revoked, NOW))).toEqual(revoked);
    const keys = revocations.map((revoked) => toRevokedItem(revoked, NOW)['sk']?.S ?? '');
    expect(keys).toEqual([
      `00${NOW}#grant#${grant.id}`,
      `00${NOW}#narrowing#${grant.id}#2`,
      `00${NOW}#token#${token.jti}`,
    ]);
    for (const key of keys) {
      expect(key > mattersAfter(NOW - 1)).toBe(true);
      expect(key > mattersAfter(NOW)).toBe(false);
    }
  });

  test('is spread over all the partitions that are read, and no others', () => {
    const used = new Set(Array.from({ length: 100 }, (_, id) => toRevokedItem({ grantId: `grt_${id}` }, NOW)['pk']?.S));
    expect([...used].sort()).toEqual(REVOKED_PARTITIONS);
  });

  test('is what the stream’s filter takes, and nothing else', () => {
    const isTold = (item: Item): boolean =>
      NEWLY_REVOKED_FILTER.dynamodb.NewImage.type.S.some((type) => type === item['type']?.S);
    for (const revoked of revocations) expect(isTold(toRevokedItem(revoked, NOW))).toBe(true);
    const over = tokenGrant({}, RETURNED);
    for (const item of [
      toTokenItem({ ...token, revokedAt: NOW }),
      toGrantItem(over),
      toSnapshotItem(snapshot),
      toFamilyItem(family),
    ]) {
      expect(isTold(item)).toBe(false);
    }
  });

  test.each(['returned', 'revoked', 'completed', 'expired'] as const)(
    'a %s grant is listed, unless it lends a role',
    (status) => {
      expect(listEnded('t', tokenGrant({}, { ...RETURNED, status }))).toHaveLength(1);
      expect(listEnded('t', newGrant({}, { ...RETURNED, status }))).toEqual([]);
      expect(listEnded('t', newGrant({ narrowings: 1, narrowedAt: NOW }))).toEqual([]);
    },
  );
});

test('nothing is cleaned up before its time', () => {
  const seconds = (item: Item | undefined): number => Number(item?.['ttl']?.N) * 1000;
  expect(seconds(toTokenItem(token))).toBeGreaterThanOrEqual(token.expiresAt + 86_400_000);
  for (const { Put } of endOf('t', token)) {
    expect(seconds(Put?.Item)).toBeGreaterThanOrEqual(token.expiresAt + 86_400_000);
  }
  expect(seconds(toSpentItem(token, 'a'.repeat(64)))).toBeGreaterThanOrEqual(token.expiresAt + 86_400_000);
  expect(seconds(toRevokedItem({ token }, NOW))).toBeGreaterThanOrEqual(NOW);
  expect(seconds(toFamilyItem(family))).toBeGreaterThanOrEqual(family.expiresAt);
  for (const item of [toActivityItem(activity, NOW), toToldItem(activity, 'a'.repeat(64), NOW)]) {
    expect(seconds(item)).toBe(NOW + 400 * 86_400_000);
  }
  const mark = markOf();
  expect(seconds(toPresentedItem(mark))).toBeGreaterThanOrEqual(mark.until);
  expect(seconds(takeEntry('t', token).Put?.Item)).toBeGreaterThanOrEqual(slotFreeAt(token));
  expect(seconds(toChildItem('grt_1', grant))).toBeGreaterThanOrEqual(grant.requestedAt + 400 * 86_400_000);
  expect(toSnapshotItem(snapshot)).not.toHaveProperty('ttl');
  expect(toRingItem(ring)).not.toHaveProperty('ttl');
});
