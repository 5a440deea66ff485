import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromDenyItem, roleOfDeny, toDenyItem } from '../../../adapters/aws/denyItem.ts';
import { fromUseItem, openUse } from '../../../adapters/aws/breakGlassItem.ts';
import { fromConsentItem, toConsentItem } from '../../../adapters/aws/consentItem.ts';
import { fromGrantItem, toGrantItem } from '../../../adapters/aws/grantItem.ts';
import { fromIdempotencyItem, toIdempotencyItem } from '../../../adapters/aws/idempotencyItem.ts';
import { fromIntentItem, toIntentItem } from '../../../adapters/aws/intentItem.ts';
import { MalformedItem } from '../../../adapters/aws/item.ts';
import type { Item } from '../../../adapters/aws/item.ts';
import { fromLeafItem, toLeafItem } from '../../../adapters/aws/leafItem.ts';
import { toMarkItem, toOccurrenceItem } from '../../../adapters/aws/onceItem.ts';
import { fromSealedKeyItem, keyOfOwner, toKeyOwnerItem, toSealedKeyItem } from '../../../adapters/aws/sealedKeyItem.ts';
import { grantOfTicket, toTicketItem } from '../../../adapters/aws/ticketItem.ts';
import { GRANTS_TABLE } from '../../../adapters/aws/tables.ts';
import { isTerminal } from '../../../core/grant.ts';
import { ALICE, NOW } from '../../core/fixtures.ts';
import {
  actingFor,
  consentOf,
  DANA,
  denyOf,
  eventOf,
  extensionOf,
  intentOf,
  leafOf,
  newGrant,
  pendingUntil,
  recordOf,
  RETURNED,
  sealedKeyOf,
} from '../samples.ts';
import { consents, denies, grants, intents, leaves, records, sealedKeys } from './arbitraries.ts';

function roundTrips<T>(values: Arbitrary<T>, to: (value: T) => Item, from: (item: Item) => T): void {
  fc.assert(
    fc.property(values, (value) => {
      expect(from(to(value))).toEqual(value);
    }),
  );
}

describe('what is written is what is read', () => {
  test('grants', () => {
    roundTrips(grants, toGrantItem, fromGrantItem);
  });
  test('intents', () => {
    roundTrips(intents, toIntentItem, fromIntentItem);
  });
  test('denies', () => {
    roundTrips(denies, toDenyItem, fromDenyItem);
  });
  test('idempotency records', () => {
    roundTrips(records, toIdempotencyItem, fromIdempotencyItem);
  });
  test('consents', () => {
    roundTrips(consents, toConsentItem, fromConsentItem);
  });
  test('sealed keys', () => {
    roundTrips(sealedKeys, toSealedKeyItem, fromSealedKeyItem);
  });
  test('leaves', () => {
    roundTrips(leaves, toLeafItem, fromLeafItem);
  });
});

const grant = newGrant();

/** Each item type, the attributes that it can't be read without, and its reader. */
const TYPES: readonly [string, Item, (item: Item) => unknown, readonly string[]][] = [
  [
    'grant',
    toGrantItem(grant),
    fromGrantItem,
    [
      'pk',
      'type',
      'id',
      'version',
      'request',
      'requestSha256',
      'decision',
      'requestedAt',
      'state',
      'status',
      'sourceIdentity',
      'salt',
      'scope',
      'approvals',
      'extensions',
      'intents',
      'issued',
      'narrowings',
      'spent',
    ],
  ],
  [
    'intent',
    toIntentItem(intentOf(grant)),
    fromIntentItem,
    ['type', 'id', 'grantId', 'version', 'kind', 'roleArn', 'createdAt', 'latestExpiry', 'intentState'],
  ],
  [
    'deny',
    toDenyItem(denyOf(grant)),
    fromDenyItem,
    ['type', 'roleArn', 'matchKind', 'matchValue', 'grantId', 'createdAt', 'until'],
  ],
  [
    'idempotency record',
    toIdempotencyItem(recordOf()),
    fromIdempotencyItem,
    ['type', 'keySha256', 'bodySha256', 'responseStatus', 'responseBody', 'keepUntil'],
  ],
  ['consent', toConsentItem(consentOf(grant)), fromConsentItem, ['type', 'consent']],
  ['sealed key', toSealedKeyItem(sealedKeyOf(ALICE)), fromSealedKeyItem, ['type', 'key']],
  ['ticket', toTicketItem('INC-1', grant.id, NOW), grantOfTicket, ['type', 'grantId']],
  ['key pointer', toKeyOwnerItem(sealedKeyOf(ALICE)), keyOfOwner, ['type', 'id']],
  [
    'break-glass use',
    openUse('t', { person: 'alice', grantId: grant.id }).Put?.Item ?? {},
    fromUseItem,
    ['type', 'person', 'grantId'],
  ],
  ['leaf', toLeafItem(leafOf(grant, 'grant.activated')), fromLeafItem, ['pk', 'sk', 'id', 'leaf']],
];

describe.each(TYPES)('a malformed %s', (what, item, from, needed) => {
  test.each(needed)('is not read without `%s`', (name) => {
    const { [name]: _, ...rest } = item;
    expect(() => from(rest)).toThrow(MalformedItem);
    expect(() => from(rest)).toThrow(`malformed ${what}`);
  });

  test.each(needed)('is not read with another type of `%s`', (name) => {
    for (const value of [{ BOOL: true }, { N: '1.5' }, { N: '-0' }, { L: [] }, { M: {} }]) {
      expect(() => from({ ...item, [name]: value })).toThrow(MalformedItem);
    }
  });

  test('of no content is an error too', () => {
    expect(() => from({})).toThrow(MalformedItem);
  });
});

describe('a document within an item', () => {
  const withState = (state: object): Item => ({ ...toGrantItem(grant), state: { S: JSON.stringify(state) } });

  test.each<[string, object, string]>([
    ['an unknown member', { ...grant.state, extra: 1 }, '`state`.extra is not a known member'],
    ['a missing member', { status: 'active', activatedAt: NOW }, '`state`.expiresAt is not there'],
    ['an unknown status', { status: 'immortal' }, '`state`.status is not one of pending, scheduled'],
    ['an inherited name as status', { status: 'constructor' }, '`state`.status is not one of'],
    ['a number as text', { ...grant.state, expiresAt: '1' }, '`state`.expiresAt is not a number'],
    ['another state’s members', { ...pendingUntil(1), expiresAt: 2 }, '`state`.expiresAt is not a known'],
    ['a list', [], '`state` is not an object'],
  ])('with %s is an error', (_, state, problem) => {
    expect(() => fromGrantItem(withState(state))).toThrow(problem);
  });

  test('that is no JSON is an error that quotes nothing', () => {
    const item = { ...toGrantItem(grant), request: { S: '{"justification":"secret"' } };
    expect(() => fromGrantItem(item)).toThrow(
      /^malformed grant `GRANT#grt_\d+ GRANT`: `request` is not a JSON document$/,
    );
  });

  test('a person of an unknown domain is an error', () => {
    const state = { ...RETURNED, endedBy: { ...ALICE, domain: 'root' } };
    expect(() => fromGrantItem({ ...withState(state), status: { S: 'returned' }, ttl: { N: '1' } })).toThrow(
      '`state`.endedBy.domain is not one of admin, support, customer, partner, workload',
    );
  });

  test('a leaf whose key says otherwise is an error', () => {
    const item = toLeafItem(eventOf(grant, 'credential.issued'));
    expect(() => fromLeafItem({ ...item, sk: { S: '000000000003#0' } })).toThrow('the key is not that of `leaf`');
    expect(() => fromLeafItem({ ...item, pk: { S: 'audit' } })).toThrow('the key is not that of `leaf`');
    expect(() => fromLeafItem({ ...item, id: { S: 'evt_other' } })).toThrow('`id` is not that of `leaf`');
  });

  test('a grant whose attributes contradict its state is an error', () => {
    const item = toGrantItem(grant);
    expect(() => fromGrantItem({ ...item, status: { S: 'pending' } })).toThrow('`status` is not that of `state`');
    expect(() => fromGrantItem({ ...item, pk: { S: 'GRANT#other' } })).toThrow('`pk` is not that of `id`');
    expect(() => fromGrantItem({ ...item, ttl: { N: '1' } })).toThrow('`ttl` is not there exactly when');
  });
});

describe('indexes and time to live', () => {
  test('a grant is due while time can move it, and is cleaned up only once it is over', () => {
    fc.assert(
      fc.property(grants, (any) => {
        const item = toGrantItem(any);
        const over = isTerminal(any.state.status);
        expect('dueKind' in item).toBe(!over);
        expect('dueAt' in item).toBe(!over);
        expect('ttl' in item).toBe(over);
      }),
    );
  });

  test('a grant stands at its open question, and by whom it acts for', () => {
    expect(toGrantItem(newGrant({}, pendingUntil(NOW + 1, 2)))['question']).toEqual({ S: 'orders-read#2' });
    expect(toGrantItem(newGrant({ extensions: [extensionOf(grant)] }))['question']).toEqual({ S: 'orders-read#0' });
    expect(
      toGrantItem(newGrant({ extensions: [extensionOf(grant, { status: 'lapsed', at: NOW })] })),
    ).not.toHaveProperty('question');
    expect(toGrantItem(newGrant())).not.toHaveProperty('subjectId');
    expect(toGrantItem(actingFor(DANA))['subjectId']).toEqual({ S: DANA });
  });

  test('an ended grant stays 400 days, in epoch seconds', () => {
    const ended = newGrant({}, { ...RETURNED, endedAt: Date.parse('2026-11-21T09:00:00.001Z') });
    expect(toGrantItem(ended)['ttl']).toEqual({ N: String(Date.parse('2026-11-21T09:00:01Z') / 1000 + 400 * 86_400) });
  });

  test('nothing is cleaned up before its time', () => {
    fc.assert(
      fc.property(intents, denies, records, (intent, deny, record) => {
        const seconds = (item: Item): number => Number(item['ttl']?.N) * 1000;
        expect(seconds(toIntentItem(intent))).toBeGreaterThanOrEqual(intent.latestExpiry);
        expect(seconds(toDenyItem(deny))).toBeGreaterThanOrEqual(deny.until);
        expect(seconds(toIdempotencyItem(record))).toBeGreaterThanOrEqual(record.keepUntil);
        expect(seconds(toMarkItem('mark', record.keepUntil))).toBeGreaterThanOrEqual(record.keepUntil);
        expect(seconds(toTicketItem('INC-1', 'grt_1', deny.until))).toBeGreaterThanOrEqual(deny.until);
        const window = 600_000;
        const occurrence = { id: 'evt_1', at: deny.createdAt };
        expect(seconds(toOccurrenceItem('alice', occurrence, occurrence.at - window))).toBeGreaterThanOrEqual(
          occurrence.at + window,
        );
      }),
    );
  });

  test('an intent is read from what the index has of it', () => {
    const { due } = GRANTS_TABLE.indexes;
    const carried = new Set<string>(['pk', 'sk', due.partitionKey.name, due.sortKey.name, ...due.projection]);
    const intent = intentOf(grant);
    const projected = Object.fromEntries(Object.entries(toIntentItem(intent)).filter(([name]) => carried.has(name)));
    expect(fromIntentItem(projected)).toEqual(intent);
  });
});

describe('the relay', () => {
  test('learns the role of a deny, and nothing of other items', () => {
    const deny = denyOf(grant);
    expect(roleOfDeny(toDenyItem(deny) as Record<string, { S?: string }>)).toBe(deny.roleArn);
    expect(roleOfDeny(toGrantItem(grant) as Record<string, { S?: string }>)).toBeUndefined();
    expect(roleOfDeny(toIntentItem(intentOf(grant)) as Record<string, { S?: string }>)).toBeUndefined();
    expect(roleOfDeny({})).toBeUndefined();
  });
});
