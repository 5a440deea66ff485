import type { SQSEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../core/grant.ts';
import type { Leaf } from '../../../core/leaf.ts';
import type { Mail } from '../../../core/messages/mail.ts';
import { decideGrant } from '../../../core/usecases/decideGrant.ts';
import { createHandler } from '../../../functions/notifier/app.ts';
import { BOB, render } from '../../core/usecases/world.ts';
import { createTellingWorld, silentLog } from '../telling.ts';

function createNotifier() {
  const world = createTellingWorld();
  const mails: { to: string; mail: Mail }[] = [];
  const posts: { channel: string; body: object }[] = [];
  const down = new Set<string>();
  let nonces = 0;
  const handler = createHandler({
    ...world,
    bundle: world.bundle,
    publicUrl: 'https://writ.example',
    log: silentLog,
    nonce: () => `nonce-${++nonces}`,
    async sendMail(to, mail) {
      if (down.has(to)) throw new Error('down');
      mails.push({ to, mail });
    },
    async post(channel, body) {
      if (down.has(channel)) throw new Error('down');
      posts.push({ channel, body });
    },
  });
  const bodyOf = ({ id, stream, version, type, at }: Leaf, over: object = {}) => {
    const detail = { id, grant: stream, version, type, at: new Date(at).toISOString(), ...over };
    return JSON.stringify({ source: 'writ', 'detail-type': `${type}.v1`, detail });
  };
  const deliver = async (bodies: readonly string[]) => {
    const records = bodies.map((body, index) => ({ messageId: `m${index}`, body })) as SQSEvent['Records'];
    const { batchItemFailures } = await handler({ Records: records });
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return {
    world,
    mails,
    posts,
    down,
    bodyOf,
    deliver,
    decide: (grant: Grant, verdict: 'approve' | 'deny') =>
      decideGrant(
        world,
        BOB,
        grant.id,
        { verdict, comment: 'not <now>', requestSha256: grant.requestSha256, via: 'api' },
        undefined,
        render,
      ),
    leaf: async (grant: Pick<Grant, 'id'>, type: Leaf['type']) => {
      const found = (await world.leaves(grant.id)).findLast((leaf) => leaf.type === type);
      if (!found) throw new Error(`no ${type}`);
      return found;
    },
  };
}

const names = (mails: readonly { to: string }[]) => mails.map(({ to }) => to.replace('admin:test:', '')).sort();

describe('the notifier', () => {
  it('asks those who can decide, and never the requester', async () => {
    const { world, mails, posts, bodyOf, deliver, leaf } = createNotifier();
    const grant = await world.request();
    expect(await deliver([bodyOf(await leaf(grant, 'grant.pending'))])).toEqual([]);
    expect(names(mails)).toEqual(['bob', 'bob-admin', 'heidi']);
    expect(posts.map(({ channel }) => channel)).toEqual(['chat', 'siem']);
  });

  it('tells the requester what was decided', async () => {
    const { world, mails, bodyOf, deliver, decide, leaf } = createNotifier();
    const grant = await world.request();
    world.pass(1000);
    await decide(grant, 'deny');
    await deliver([bodyOf(await leaf(grant, 'grant.denied'))]);
    expect(names(mails)).toEqual(['alice']);
    expect(mails[0]?.mail.subject).toBe('Writ: Alice was denied Read orders (orders-read)');
    expect(mails[0]?.mail.text).toContain('They said:    “not <now>”');
  });

  it('does not repeat what the answer to the call said', async () => {
    const { world, mails, bodyOf, deliver, leaf } = createNotifier();
    world.permit('autoApprove');
    const grant = await world.request();
    await deliver([bodyOf(await leaf(grant, 'grant.activated'))]);
    expect(mails).toEqual([]);
  });

  it('believes the grant, not the event', async () => {
    const { world, mails, posts, bodyOf, deliver, decide, leaf } = createNotifier();
    const grant = await world.request();
    const pending = await leaf(grant, 'grant.pending');
    await decide(grant, 'deny');
    await deliver([
      bodyOf(pending),
      bodyOf(pending, { id: 'evt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H', type: 'grant.activated' }),
    ]);
    await deliver([bodyOf(pending, { grant: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H' })]);
    expect([mails, posts]).toEqual([[], []]);
  });

  it('gives up what is no event of Writ’s', async () => {
    const { world, bodyOf, deliver, leaf } = createNotifier();
    const pending = bodyOf(await leaf(await world.request(), 'grant.pending'));
    const odd = ['no json', '{}', pending.replace('"writ"', '"other"'), pending.replace('grt_', 'x_')];
    expect(await deliver([...odd, pending])).toEqual(['m0', 'm1', 'm2', 'm3']);
  });

  it('makes one message of what comes together, with a table', async () => {
    const { world, mails, bodyOf, deliver, leaf } = createNotifier();
    const bodies: string[] = [];
    for (let i = 0; i < 3; i++) {
      bodies.push(bodyOf(await leaf(await world.request({ purpose: `p${i}` }), 'grant.pending')));
      world.pass(1000);
    }
    await deliver(bodies);
    expect(names(mails)).toEqual(['bob', 'bob-admin', 'heidi']);
    expect(mails[0]?.mail.subject).toBe('Writ: 3 news, 3 to decide');
    expect(mails[0]?.mail.text).toMatch(/^When {21}Grant {27}What\n2026-11-21 09:00:00 UTC {2}grt_/);
  });

  it('tells nobody twice, in one batch or in several', async () => {
    const { world, mails, posts, bodyOf, deliver, leaf } = createNotifier();
    const body = bodyOf(await leaf(await world.request(), 'grant.pending'));
    await deliver([body, body]);
    await deliver([body]);
    expect([mails.length, posts.length]).toEqual([3, 2]);
  });

  it('tries again for those whom it did not reach, and for them alone', async () => {
    const { world, mails, posts, down, bodyOf, deliver, leaf } = createNotifier();
    const body = bodyOf(await leaf(await world.request(), 'grant.pending'));
    down.add('chat').add('admin:test:heidi');
    expect(await deliver([body])).toEqual(['m0']);
    expect([names(mails), posts.length]).toEqual([['bob', 'bob-admin'], 1]);
    down.clear();
    expect(await deliver([body])).toEqual([]);
    expect([names(mails), posts.map(({ channel }) => channel)]).toEqual([
      ['bob', 'bob-admin', 'heidi'],
      ['siem', 'chat'],
    ]);
  });

  it('reads what a batch is about in one call, and one by one where that fails', async () => {
    const { world, posts, bodyOf, deliver, leaf } = createNotifier();
    const bodies = [];
    for (const purpose of ['one', 'two', 'three']) {
      bodies.push(bodyOf(await leaf(await world.request({ purpose }), 'grant.pending')));
    }
    const get = world.store.get.bind(world.store);
    const getMany = world.store.getMany.bind(world.store);
    const calls: string[] = [];
    world.store.get = async (id) => (calls.push('one'), get(id));
    world.store.getMany = async (ids) => (calls.push('many'), getMany(ids));
    expect(await deliver(bodies.slice(0, 2))).toEqual([]);
    expect(calls).toEqual(['many']);
    world.store.getMany = async () => Promise.reject(new Error('one of them is malformed'));
    expect(await deliver(bodies.slice(1))).toEqual([]);
    expect(calls).toEqual(['many', 'one', 'one']);
    expect(posts.filter(({ channel }) => channel === 'siem')).toHaveLength(2);
  });

  it('comes again when the grant can’t be read', async () => {
    const { world, bodyOf, leaf } = createNotifier();
    const body = bodyOf(await leaf(await world.request(), 'grant.pending'));
    const handler = createHandler({
      ...world,
      store: {
        get: async () => Promise.reject(new Error('down')),
        getMany: async () => Promise.reject(new Error('down')),
      },
      publicUrl: '',
      log: silentLog,
      nonce: () => '',
      sendMail: async () => undefined,
      post: async () => undefined,
    });
    const record = { messageId: 'm0', body } as SQSEvent['Records'][number];
    expect(await handler({ Records: [record] })).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
  });

  it('tells security admins of repeated denials', async () => {
    const { world, mails, bodyOf, deliver, leaf } = createNotifier();
    world.forbid('request');
    const denied = await leaf(await world.request(), 'grant.denied');
    await deliver([bodyOf(denied, { type: 'denials.repeated', version: 0 })]);
    expect(names(mails)).toEqual(['carol']);
    expect(mails[0]?.mail.subject).toContain('Alice was denied five times within ten minutes');
  });

  it('offers buttons for low risk, and a link alone for high', async () => {
    const { world, posts, bodyOf, deliver, leaf } = createNotifier();
    const low = await world.request();
    const high = await world.request({ entitlement: 'orders-high' });
    await deliver([bodyOf(await leaf(low, 'grant.pending'))]);
    await deliver([bodyOf(await leaf(high, 'grant.pending'))]);
    const [one, two] = posts.filter(({ channel }) => channel === 'chat').map(({ body }) => JSON.stringify(body));
    expect(one).toContain('writ.approve');
    expect(one).toContain('nonce-1');
    expect(two).not.toContain('writ.approve');
    expect(two).toContain(`https://writ.example/requests/${high.id}`);
  });
});
