import { createHmac } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { hmacHex, signatureHeader } from '../../../adapters/notify/signature.ts';
import type { Grant } from '../../../core/grant.ts';
import { createHandler } from '../../../functions/callbacks/app.ts';
import { ALICE, HEIDI } from '../../core/usecases/world.ts';
import { apiEvent } from '../event.ts';
import { createTellingWorld, silentLog } from '../telling.ts';

const SECRET = 'the-workspace-signs-with-this';
const OLD_SECRET = 'the-workspace-signed-with-that';
const KEY = 'the-ticket-system-signs-with-this';
const FORM = 'application/x-www-form-urlencoded';
const NONCE = 'AAAAAAAAAAAAAAAAAAAAAA';

function createCallbacks() {
  const world = createTellingWorld();
  const handler = createHandler({
    ...world,
    publicUrl: 'https://writ.example',
    chatSecrets: async () => [SECRET, OLD_SECRET],
    ticketKeys: async () => [KEY],
    log: silentLog,
  });
  const seconds = () => Math.floor(world.clock() / 1000);
  const send = async (resource: string, body: string, headers: Record<string, string>) => {
    const values = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    const { statusCode, body: said } = await handler(apiEvent({ method: 'POST', resource, headers: values, body }));
    const answer = JSON.parse(said) as Record<string, unknown>;
    return { status: statusCode, code: answer['code'], answer };
  };
  return {
    world,
    /** What a click sends, with anything in it wrong that a test wants wrong. */
    click: (
      grant: Pick<Grant, 'id' | 'requestSha256'>,
      over: {
        user?: string;
        action?: string;
        nonce?: string;
        secret?: string;
        age?: number;
        sent?: (body: string) => string;
        value?: string;
        type?: string;
        signature?: string;
      } = {},
    ) => {
      const { user = 'UBOB', action = 'writ.approve', nonce = NONCE, secret = SECRET, age = 0, type = FORM } = over;
      const value = over.value ?? JSON.stringify({ grant: grant.id, requestSha256: grant.requestSha256, nonce });
      const payload = {
        type: 'block_actions',
        user: { id: user, username: 'whoever' },
        team: { id: 'T1' },
        response_url: 'https://hooks.slack.com/actions/T1/2/3',
        actions: [{ type: 'button', action_id: action, block_id: 'b', value }],
      };
      const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
      const t = String(seconds() - age);
      const signature = `v0=${createHmac('sha256', secret).update(`v0:${t}:${body}`).digest('hex')}`;
      return send('/v1/callbacks/chat', over.sent?.(body) ?? body, {
        'Content-Type': type,
        'X-Slack-Request-Timestamp': t,
        'X-Slack-Signature': over.signature ?? signature,
      });
    },
    ticket: (told: object, { key = KEY, age = 0, sent = (body: string) => body } = {}) => {
      const body = JSON.stringify(told);
      const signature = signatureHeader([key], body, world.clock() - age * 1000);
      return send('/v1/callbacks/tickets', sent(body), {
        'content-type': 'application/json',
        'writ-signature': signature,
      });
    },
    reasons: async (stream: string) => {
      const leaves = await world.leaves(stream);
      return leaves.filter(({ type }) => type === 'callback.refused').map(({ facts }) => facts['reason']);
    },
    status: async (id: string) => (await world.store.get(id))?.state.status,
  };
}

describe('a click in chat', () => {
  it('decides as the person of the directory, and says so in the approval', async () => {
    const { world, click } = createCallbacks();
    const grant = await world.request();
    expect(await click(grant)).toMatchObject({ status: 200, answer: { result: 'approved', grant: grant.id } });
    const after = await world.store.get(grant.id);
    expect(after?.state.status).toBe('active');
    expect(after?.approvals).toMatchObject([
      { by: { subject: 'bob', person: 'bob' }, via: 'chat', verdict: 'approve' },
    ]);
  });

  it('denies by the other button', async () => {
    const { world, click, status } = createCallbacks();
    const grant = await world.request();
    expect((await click(grant, { action: 'writ.deny' })).answer).toMatchObject({ result: 'denied' });
    expect(await status(grant.id)).toBe('denied');
  });

  it('takes the former secret while it counts', async () => {
    const { world, click } = createCallbacks();
    expect((await click(await world.request(), { secret: OLD_SECRET })).status).toBe(200);
  });

  it('is on time to the second, and not one later', async () => {
    const { world, click } = createCallbacks();
    expect((await click(await world.request(), { age: 300 })).status).toBe(200);
    const { click: other, world: another, reasons } = createCallbacks();
    expect(await other(await another.request(), { age: 301 })).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(await other(await another.request(), { age: -301 })).toMatchObject({ status: 401 });
    expect(await reasons('audit')).toEqual(['late', 'late']);
  });

  type Wrong = Parameters<ReturnType<typeof createCallbacks>['click']>[1];
  const REFUSED: readonly [string, Wrong, number, string, string, 'audit' | 'grant'][] = [
    ['forged', { secret: 'somebody-else-signs-with-this' }, 401, 'unauthenticated', 'forged', 'audit'],
    ['another body', { sent: (body) => body.replace('UBOB', 'UHEIDI') }, 401, 'unauthenticated', 'forged', 'audit'],
    ['a signature of another length', { signature: 'v0=abc' }, 401, 'unauthenticated', 'unsigned', 'audit'],
    ['no signature', { signature: '' }, 401, 'unauthenticated', 'unsigned', 'audit'],
    ['another content type', { type: 'text/plain' }, 415, 'unsupported_media_type', 'wrong_type', 'audit'],
    ['too large', { sent: () => 'x'.repeat(33_000) }, 413, 'payload_too_large', 'too_large', 'audit'],
    ['another button', { action: 'writ.revoke' }, 400, 'invalid_request', 'unknown_button', 'audit'],
    ['a value of another shape', { value: '{"grant":"grt_x"}' }, 400, 'invalid_request', 'malformed', 'audit'],
    ['a nonce of another shape', { nonce: 'short' }, 400, 'invalid_request', 'malformed', 'audit'],
    ['nobody of the directory', { user: 'UMALLORY' }, 403, 'forbidden', 'unknown_person', 'grant'],
    ['somebody who is not asked', { user: 'UCAROL' }, 404, 'not_found', 'not_found', 'grant'],
    ['the requester', { user: 'UALICE' }, 404, 'not_found', 'not_found', 'grant'],
  ];
  it.each(REFUSED)('changes nothing: %s', async (_, wrong, status, code, reason, place) => {
    const { world, click, reasons, status: statusOf } = createCallbacks();
    const grant = await world.request();
    expect(await click(grant, wrong)).toMatchObject({ status, code });
    expect(await statusOf(grant.id)).toBe('pending');
    expect(await reasons(place === 'audit' ? 'audit' : grant.id)).toEqual([reason]);
  });

  it('changes nothing: another question than the one that was shown', async () => {
    const { world, click, reasons, status } = createCallbacks();
    const grant = await world.request();
    const shown = { ...grant, requestSha256: 'f'.repeat(64) };
    expect(await click(shown)).toMatchObject({ status: 409, code: 'request_changed' });
    expect(await status(grant.id)).toBe('pending');
    expect(await reasons(grant.id)).toEqual(['request_changed']);
  });

  it('changes nothing: a grant that there is not', async () => {
    const { world, click, reasons } = createCallbacks();
    const grant = { ...(await world.request()), id: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H' };
    expect(await click(grant)).toMatchObject({ status: 404, code: 'not_found' });
    expect(await reasons('audit')).toEqual(['not_found']);
  });

  it('changes nothing: somebody who is asked, of another project', async () => {
    const { world, click, reasons, status } = createCallbacks();
    const grant = await world.request();
    const { directory } = world.bundle;
    const people = directory.people.map((person) => ({ ...person, projects: ['other'] }));
    world.bundle = { ...world.bundle, directory: { ...directory, people } };
    expect(await click(grant)).toMatchObject({ status: 404, code: 'not_found' });
    expect(await status(grant.id)).toBe('pending');
    expect(await reasons(grant.id)).toEqual(['other_project']);
  });

  it('does not decide high risk: it says where to sign in', async () => {
    const { world, click, reasons, status } = createCallbacks();
    const grant = await world.request({ entitlement: 'orders-high' });
    const { answer, ...said } = await click(grant);
    expect(said).toMatchObject({ status: 403, code: 'step_up_required' });
    expect(answer['remediation']).toContain(`https://writ.example/requests/${grant.id}`);
    expect(await status(grant.id)).toBe('pending');
    expect(await reasons(grant.id)).toEqual(['step_up_required']);
  });

  it('clicked twice, also on the other button, is one decision', async () => {
    const { world, click, reasons } = createCallbacks();
    const grant = await world.request({ entitlement: 'orders-staged' });
    const clicks = await Promise.all([click(grant), click(grant), click(grant, { action: 'writ.deny' })]);
    expect(clicks.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await world.store.get(grant.id))?.approvals).toHaveLength(1);
    expect(await reasons(grant.id)).toEqual(['replayed', 'replayed']);
  });

  it('leaves the message to the others who are asked', async () => {
    const { world, click } = createCallbacks();
    world.permit('read');
    const grant = await world.request();
    expect((await click(grant)).status).toBe(200);
    expect(await click(grant, { user: 'UHEIDI' })).toMatchObject({ status: 409, code: 'grant_not_pending' });
  });

  it('without a signature is on record once a minute and reason, however many there are', async () => {
    const { world, click, reasons } = createCallbacks();
    const grant = await world.request();
    const forged = { secret: 'somebody-else-signs-with-this' };
    const sent = await Promise.all([forged, forged, { signature: '' }, forged].map((wrong) => click(grant, wrong)));
    expect(sent.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect((await reasons('audit')).sort()).toEqual(['forged', 'unsigned']);
    world.pass(60_000);
    await click(grant, forged);
    expect((await reasons('audit')).sort()).toEqual(['forged', 'forged', 'unsigned']);
  });

  it('on the link does nothing, and is no refusal', async () => {
    const { world, click, reasons } = createCallbacks();
    const grant = await world.request();
    expect(await click(grant, { action: 'writ.open', value: '' })).toMatchObject({ answer: { result: 'ignored' } });
    expect(await reasons('audit')).toEqual([]);
  });
});

describe('a ticket', () => {
  const CLOSED = { id: 'message-1', ticket: 'INC-42', state: 'closed' };
  const withGrants = async () => {
    const callbacks = createCallbacks();
    const { world } = callbacks;
    const pending = await world.request({ ticket: 'INC-42' });
    world.permit('autoApprove');
    const live = await world.request({ ticket: 'INC-42' }, ALICE);
    const other = await world.request({ ticket: 'INC-43' }, HEIDI);
    return { ...callbacks, ids: [pending.id, live.id, other.id] as const };
  };

  it('that is closed ends its grants, and no others', async () => {
    const { ticket, ids, status } = await withGrants();
    const [pending, live, other] = ids;
    expect(await ticket(CLOSED)).toMatchObject({ status: 200 });
    expect([await status(pending), await status(live), await status(other)]).toEqual([
      'cancelled',
      'completed',
      'active',
    ]);
  });

  it('that is open ends nothing', async () => {
    const { ticket, ids, status } = await withGrants();
    expect((await ticket({ ...CLOSED, state: 'open' })).answer).toEqual({ ended: [] });
    expect(await status(ids[1])).toBe('active');
  });

  it.each([
    ['inc-42', 'INC-42'],
    ['INC-42', 'inc-42'],
  ])('that was asked for as %s is closed as %s', async (asked, told) => {
    const { world, ticket, status } = createCallbacks();
    const { id } = await world.request({ ticket: asked });
    expect((await ticket({ ...CLOSED, ticket: told })).answer).toEqual({ ended: [id] });
    expect(await status(id)).toBe('cancelled');
  });

  it('told twice under one id counts once, also when it is open again by then', async () => {
    const { world, ticket, reasons, status } = await withGrants();
    await ticket(CLOSED);
    const later = await world.request({ ticket: 'INC-42' });
    expect(await ticket(CLOSED)).toMatchObject({ status: 409, code: 'callback_replayed' });
    expect(await status(later.id)).toBe('active');
    expect(await reasons('audit')).toEqual(['replayed']);
  });

  it('told twice at once ends its grants once', async () => {
    const { world, ticket, ids } = await withGrants();
    const answers = await Promise.all([ticket(CLOSED), ticket(CLOSED)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const leaves = await world.leaves(ids[1]);
    expect(leaves.filter(({ type }) => type === 'grant.completed')).toHaveLength(1);
  });

  it('may be told again, as it was, when it could not be worked on', async () => {
    const { world, ticket, ids, status } = await withGrants();
    vi.spyOn(world.lists, 'listByTicket').mockRejectedValueOnce(new Error('down'));
    expect((await ticket(CLOSED)).status).toBe(500);
    expect((await ticket(CLOSED)).status).toBe(200);
    expect(await status(ids[1])).toBe('completed');
  });

  it.each([
    ['forged', CLOSED, { key: 'somebody-else-signs-with-this' }, 401, 'forged'],
    ['late by a second', CLOSED, { age: 301 }, 401, 'late'],
    ['another body', CLOSED, { sent: (body: string) => body.replace('INC-42', 'INC-43') }, 401, 'forged'],
    ['another state', { ...CLOSED, state: 'done' }, {}, 400, 'malformed'],
    ['an unknown member', { ...CLOSED, reopen: true }, {}, 400, 'malformed'],
    ['no id', { ticket: 'INC-42', state: 'closed' }, {}, 400, 'malformed'],
  ])('changes nothing: %s', async (_, told, how, status, reason) => {
    const { ticket, ids, status: statusOf, reasons } = await withGrants();
    expect(await ticket(told, how)).toMatchObject({ status });
    expect(await statusOf(ids[1])).toBe('active');
    expect(await reasons('audit')).toEqual([reason]);
  });

  it('is refused with an error of the server when that can’t be recorded', async () => {
    const { world } = createCallbacks();
    const handler = createHandler({
      ...world,
      once: { ...world.once, appendOnce: async () => Promise.reject(new Error('down')) },
      publicUrl: 'https://writ.example',
      chatSecrets: async () => [SECRET],
      ticketKeys: async () => [KEY],
      log: silentLog,
    });
    const headers = { 'content-type': ['application/json'], 'writ-signature': [`t=1,v1=${hmacHex(KEY, 'x')}`] };
    const event = apiEvent({ method: 'POST', resource: '/v1/callbacks/tickets', headers, body: '{}' });
    expect((await handler(event)).statusCode).toBe(500);
  });
});
