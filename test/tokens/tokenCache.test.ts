import { describe, expect, it } from 'vitest';
import { TokenCache } from '../../tokens/tokenCache.ts';

describe('the cache', () => {
  const entry = { forgetAt: 100 };

  it('holds as many as it may, and drops the oldest', () => {
    const cache = new TokenCache(2);
    for (const text of ['a', 'b', 'b', 'c']) cache.set(text, entry);
    expect([cache.get('a', 0), cache.get('b', 0), cache.get('c', 0), cache.size]).toEqual([undefined, entry, entry, 2]);
  });

  it('forgets in time', () => {
    const cache = new TokenCache(2);
    cache.set('a', entry);
    expect(cache.get('a', 99)).toBe(entry);
    expect(cache.get('a', 100)).toBeUndefined();
    expect(cache.size).toBe(0);
  });
});
