import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { levelStore, memoryStore } from '../../../local/aws/store.ts';
import { openOutbox } from '../../../local/outbox.ts';
import type { OutboxEntry } from '../../../local/outbox.ts';
import { startIssuer } from './fixture.ts';

const AT = Date.UTC(2026, 10, 21, 9);

async function start() {
  const outbox = openOutbox(memoryStore(), () => AT);
  const issuer = await startIssuer({ outbox });
  const root = issuer.issuers.admin;
  const listed = async (query = ''): Promise<OutboxEntry[]> =>
    (await (await fetch(`${root}/dev/outbox${query}`)).json()) as OutboxEntry[];
  const tell = (name: string, answer: unknown) =>
    fetch(`${root}/dev/hooks/${name}/answer`, { method: 'PUT', body: JSON.stringify(answer) });
  const post = (name: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${root}/dev/hooks/${name}`, { method: 'POST', body, headers });
  return { outbox, root, listed, tell, post };
}

describe('a local hook', () => {
  it('keeps what was posted, with its signature', async () => {
    const { listed, post } = await start();
    const response = await post('slack', '{"text":"hi"}', { 'x-slack-signature': 'v0=abc' });
    expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
    expect(await listed()).toEqual([
      {
        id: 1,
        at: '2026-11-21T09:00:00.000Z',
        channel: 'hook',
        to: 'slack',
        body: '{"text":"hi"}',
        method: 'POST',
        answered: 200,
        headers: expect.objectContaining({ 'x-slack-signature': 'v0=abc' }) as object,
      },
    ]);
  });

  it('answers as it is told, so often', async () => {
    const { listed, tell, post } = await start();
    expect((await tell('pager', { status: 503, body: 'later', count: 2 })).status).toBe(204);
    const first = await post('pager', '1');
    expect([first.status, await first.text()]).toEqual([503, 'later']);
    expect((await post('other', '2')).status).toBe(200);
    expect((await post('pager', '3')).status).toBe(503);
    expect((await post('pager', '4')).status).toBe(200);
    expect((await listed()).map(({ body, answered }) => [body, answered])).toEqual([
      ['1', 503],
      ['2', 200],
      ['3', 503],
      ['4', 200],
    ]);
  });

  it('answers so from now on, where no count is given', async () => {
    const { tell, post } = await start();
    await tell('pager', { status: 500 });
    for (const body of ['1', '2', '3']) expect((await post('pager', body)).status).toBe(500);
    await tell('pager', { status: 200 });
    expect((await post('pager', '4')).status).toBe(200);
  });

  it('refuses what it does not understand', async () => {
    const { root, listed, tell, post } = await start();
    const told = await tell('pager', { status: 99 });
    expect([told.status, await told.json()]).toEqual([
      400,
      { error: 'invalid_request', detail: expect.stringContaining('status') as string },
    ]);
    expect((await fetch(`${root}/dev/hooks/pager`, { method: 'DELETE' })).status).toBe(405);
    expect((await post('a.b', 'x')).status).toBe(405);
    const large = await post('pager', 'x'.repeat(1_048_577));
    expect([large.status, await large.json()]).toEqual([
      413,
      { error: 'payload_too_large', detail: 'a message is at most 1 MiB' },
    ]);
    expect(await listed()).toEqual([]);
  });
});

describe('the outbox', () => {
  it('is filtered by id and channel', async () => {
    const { outbox, listed, post, root } = await start();
    await outbox.add([{ channel: 'email', to: 'ada@example.com', subject: 'Hello', body: 'text' }]);
    await post('slack', 'a');
    await post('slack', 'b');
    expect((await listed('?channel=email')).map(({ to }) => to)).toEqual(['ada@example.com']);
    expect((await listed('?since=2')).map(({ body }) => body)).toEqual(['b']);
    expect((await listed('?since=1&channel=hook')).map(({ body }) => body)).toEqual(['a', 'b']);
    expect((await fetch(`${root}/dev/outbox?since=x`)).status).toBe(400);
    expect((await fetch(`${root}/dev/outbox?chanel=email`)).status).toBe(400);
  });

  it('keeps the newest, and outlives a restart', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'writ-outbox-'));
    onTestFinished(() => {
      rmSync(directory, { recursive: true, force: true });
    });
    const entry = (body: string) => ({ channel: 'email', to: 'ada@example.com', body }) as const;
    const first = await levelStore(directory);
    const before = openOutbox(first, () => AT, 3);
    await before.add([entry('1'), entry('2')]);
    await before.add([entry('3'), entry('4')]);
    await first.close();
    const second = await levelStore(directory);
    const after = openOutbox(second, () => AT, 3);
    await after.add([entry('5')]);
    expect(after.list().map(({ id, body }) => [id, body])).toEqual([
      [3, '3'],
      [4, '4'],
      [5, '5'],
    ]);
    await second.close();
  });
});
