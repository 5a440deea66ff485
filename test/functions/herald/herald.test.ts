import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { fromLeafItem, toLeafItem } from '../../../adapters/aws/leafItem.ts';
import type { OutgoingEvent } from '../../../adapters/notify/eventBus.ts';
import { eventDetail, EVENTS } from '../../../contract/events.ts';
import type { Leaf } from '../../../core/leaf.ts';
import { LEAF_TYPES } from '../../../core/leaf.ts';
import { TOLD_TYPES } from '../../../core/messages/kinds.ts';
import { createHandler } from '../../../functions/herald/app.ts';
import type { World } from '../../core/usecases/world.ts';
import { createTellingWorld, silentLog } from '../telling.ts';

const recordsOf = (leaves: readonly Leaf[]): DynamoDBRecord[] =>
  leaves.map((leaf, index) => ({
    eventName: 'INSERT',
    dynamodb: {
      NewImage: toLeafItem(leaf) as NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>,
      SequenceNumber: String(index),
    },
  }));

function createHerald(world: World, fail: (events: readonly OutgoingEvent[]) => number | undefined = () => undefined) {
  const published: OutgoingEvent[] = [];
  const handler = createHandler({
    ...world,
    log: silentLog,
    leafOf: (image) => fromLeafItem(image as Parameters<typeof fromLeafItem>[0]),
    async putEvents(events) {
      const failed = fail(events);
      published.push(...events.slice(0, failed));
      return failed;
    },
  });
  const run = async (leaves: readonly Leaf[]) => {
    const { batchItemFailures } = await handler({ Records: recordsOf(leaves) });
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { run, published };
}

describe('the herald', () => {
  it('publishes ids in order, and nothing that anybody wrote', async () => {
    const world = createTellingWorld();
    const grant = await world.request({ justification: 'SECRET WORDS', purpose: 'SECRET PURPOSE' });
    const { run, published } = createHerald(world);
    expect(await run(await world.leaves(grant.id))).toEqual([]);
    expect(published.map(({ name }) => name)).toEqual(['grant.requested.v1', 'grant.pending.v1']);
    for (const { detail, source } of published) {
      expect(source).toBe('writ');
      expect(eventDetail.parse(detail)).toEqual(detail);
      expect(detail).toMatchObject({ grant: grant.id, outcome: 'needs_approval' });
    }
    expect(JSON.stringify(published)).not.toMatch(/SECRET|alice|hash|bob/);
  });

  it('keeps reads and credentials to the log', async () => {
    const world = createTellingWorld();
    const [first] = await world.leaves((await world.request()).id);
    const { run, published } = createHerald(world);
    await run(
      first
        ? [
            { ...first, type: 'credential.issued' },
            { ...first, type: 'grants.read' },
          ]
        : [],
    );
    expect(published).toEqual([]);
  });

  it('says where to resume: at the first that was not taken, with the later ones', async () => {
    const world = createTellingWorld();
    const leaves: Leaf[] = [];
    for (let i = 0; i < 8; i++) leaves.push(...(await world.leaves((await world.request({ purpose: `p${i}` })).id)));
    expect(leaves).toHaveLength(16);
    let calls = 0;
    const { run, published } = createHerald(world, (events) => (calls++ === 1 && events.length === 6 ? 2 : undefined));
    expect(await run(leaves)).toEqual(['12']);
    expect(published).toHaveLength(12);
  });

  it('says where to resume when nothing could be put, or an item is no leaf', async () => {
    const world = createTellingWorld();
    const leaves = await world.leaves((await world.request()).id);
    const throwing = createHerald(world, () => {
      throw new Error('down');
    });
    expect(await throwing.run(leaves)).toEqual(['0']);
    const { run, published } = createHerald(world);
    const [first, second] = leaves;
    // The type doesn't know a leaf without its actor: the table's item is what is broken.
    const broken = { ...second, actor: undefined } as unknown as Leaf;
    expect(await run(first && second ? [first, broken] : [])).toEqual(['1']);
    expect(published).toHaveLength(1);
  });

  it('tells of five denials within ten minutes once, however often the stream comes', async () => {
    const world = createTellingWorld();
    world.forbid('request');
    const denials: Leaf[] = [];
    for (let i = 0; i < 7; i++) {
      const grant = await world.request({ purpose: `p${i}` });
      denials.push(...(await world.leaves(grant.id)).filter(({ type }) => type === 'grant.denied'));
      world.pass(60_000);
    }
    const { run, published } = createHerald(world);
    await run(denials.slice(0, 4));
    expect(await world.leaves('audit')).toEqual([]);
    await run(denials);
    await run(denials);
    const told = await world.leaves('audit');
    expect(told).toMatchObject([{ type: 'denials.repeated', facts: { count: 5, grant: denials[4]?.stream } }]);
    expect(JSON.stringify(told)).not.toContain('alice');
    await run(told);
    expect(published.at(-1)).toMatchObject({
      name: 'denials.repeated.v1',
      detail: { grant: denials[4]?.stream, version: 0 },
    });
  });

  it('does not take denials far apart, or of several people, for a rush', async () => {
    const world = createTellingWorld();
    world.forbid('request');
    const denials: Leaf[] = [];
    for (let i = 0; i < 8; i++) {
      const grant = await world.request({ purpose: `p${i}` });
      denials.push(...(await world.leaves(grant.id)).filter(({ type }) => type === 'grant.denied'));
      world.pass(180_000);
    }
    await createHerald(world).run(denials);
    expect(await world.leaves('audit')).toEqual([]);
  });

  it('knows every type that is published, and has words for each', () => {
    const types = new Set<string>(LEAF_TYPES);
    expect(Object.keys(EVENTS).filter((type) => !types.has(type))).toEqual([]);
    expect([...TOLD_TYPES].sort()).toEqual(Object.keys(EVENTS).sort());
    const kept = LEAF_TYPES.filter((type) => !(type in EVENTS));
    expect(
      kept.filter(
        (type) =>
          !/^(credential\.|audit\.read|grants\.read|callback\.refused|breakglass\.unsigned|grant\.refused|token\.(issued|refused|revoked|spent)|activity\.reported)/.test(
            type,
          ),
      ),
    ).toEqual([]);
  });
});
