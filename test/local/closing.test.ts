import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { closeServer, createClosing } from '../../local/closing.ts';

describe('closing', () => {
  it('goes backwards, once, and through to the end', async () => {
    const closed: string[] = [];
    const closing = createClosing();
    closing.add(async () => void closed.push('first'));
    closing.add(() => Promise.reject(new Error('stuck')));
    closing.add(async () => void closed.push('last'));
    await expect(closing.close()).rejects.toMatchObject({ errors: [new Error('stuck')] });
    await closing.close();
    expect(closed).toEqual(['last', 'first']);
  });
});

describe('closing a server', () => {
  async function serving(
    answer: () => Promise<void>,
  ): Promise<{ close: () => Promise<void>; answered: Promise<string> }> {
    let arrived = (): void => undefined;
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = createServer((_request, response) => {
      arrived();
      void answer().then(() => response.end('done'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const answered = fetch(`http://127.0.0.1:${port}`).then(
      (response) => response.text(),
      () => 'cut',
    );
    await arrival;
    return { close: () => closeServer(server, 50), answered };
  }

  it('lets a request under way finish', async () => {
    let finish = (): void => undefined;
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { close, answered } = await serving(() => work);
    const closed = close();
    finish();
    await closed;
    expect(await answered).toBe('done');
  });

  it('cuts a request that takes too long', async () => {
    const { close, answered } = await serving(() => new Promise(() => undefined));
    await close();
    expect(await answered).toBe('cut');
  });

  it('is no error where it is closed already', async () => {
    const { close } = await serving(() => Promise.resolve());
    await close();
    await expect(close()).resolves.toBeUndefined();
  });
});
