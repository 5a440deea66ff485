import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLock } from '../../../cli/src/store/lock.ts';
import { fakeHost } from '../fake-host.ts';

describe('withLock', () => {
  it('lets one in at a time, and frees after a failure', async () => {
    const { host } = fakeHost();
    const path = join(host.homeDirectory, 'x');
    let inside = 0;
    let most = 0;
    const work = async (fails: boolean) => {
      inside += 1;
      most = Math.max(most, inside);
      await host.sleep(5);
      inside -= 1;
      if (fails) throw new Error('failed');
    };
    const results = await Promise.allSettled(
      [true, false, true, false].map((fails) => withLock(host, path, () => work(fails))),
    );
    expect(most).toBe(1);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('takes over from a process that died', async () => {
    const { host } = fakeHost();
    const path = join(host.homeDirectory, 'x');
    await mkdir(`${path}.lock`);
    const longAgo = new Date(host.now() - 31_000);
    await utimes(`${path}.lock`, longAgo, longAgo);
    expect(await withLock(host, path, async () => 'done')).toBe('done');
  });

  it('gives up on one that is held', async () => {
    let now = Date.now();
    const { host } = fakeHost({
      now: () => now,
      sleep: async () => {
        now += 4_000;
      },
    });
    const path = join(host.homeDirectory, 'x');
    await mkdir(`${path}.lock`);
    await expect(withLock(host, path, async () => 'done')).rejects.toMatchObject({ code: 'locked' });
  });
});
