import { describe, expect, test } from 'vitest';
import type { KeyRing, Snapshot } from '../../../core/oauth/ports.ts';
import { NOW } from '../../core/fixtures.ts';
import { eventOf, newGrant, typesOf } from '../samples.ts';
import type { Open } from '../stores.contract.ts';
import { times } from './setup.ts';

const ring = (version: number): KeyRing => ({ version, current: version % 2 === 0 ? 'a' : 'b', since: NOW + version });
const snapshot = (number: number, jwt = `jwt-${number}`): Snapshot => ({
  number,
  jwt,
  issuedAt: NOW + number,
  expiresAt: NOW + 150_000,
});

export function keyRingContract(open: Open): void {
  describe('the key ring', () => {
    test('is moved from what was read, each time with a leaf', async () => {
      const { store } = await open();
      const stream = newGrant();
      const leaf = () => eventOf(stream, 'keys.rotated');
      expect(await store.readRing()).toBeUndefined();
      expect(await store.moveRing(undefined, ring(1), leaf())).toBe('moved');
      expect(await store.moveRing(undefined, ring(1), leaf())).toBe('conflict');
      expect(await store.moveRing(ring(1), ring(2), leaf())).toBe('moved');
      expect(await store.moveRing(ring(1), ring(2), leaf())).toBe('conflict');
      expect(await store.readRing()).toEqual(ring(2));
      expect(await typesOf(store, stream.id)).toEqual(['keys.rotated', 'keys.rotated']);
    });

    test('10 at once: one moves it', async () => {
      const { store } = await open();
      const stream = newGrant();
      const outcomes = await Promise.all(
        times(10, () => store.moveRing(undefined, ring(1), eventOf(stream, 'keys.rotated'))),
      );
      expect(outcomes.filter((outcome) => outcome === 'moved')).toHaveLength(1);
    });
  });

  describe('the snapshot', () => {
    test('is replaced by the next number alone', async () => {
      const { store } = await open();
      expect(await store.readSnapshot()).toBeUndefined();
      expect(await store.putSnapshot(snapshot(2))).toBe('conflict');
      expect(await store.putSnapshot(snapshot(1))).toBe('stored');
      expect(await store.putSnapshot(snapshot(1, 'other'))).toBe('conflict');
      expect(await store.putSnapshot(snapshot(3))).toBe('conflict');
      expect(await store.putSnapshot(snapshot(2))).toBe('stored');
      expect(await store.readSnapshot()).toEqual(snapshot(2));
    });

    test('10 builders at once: one of them', async () => {
      const { store } = await open();
      const outcomes = await Promise.all(times(10, (index) => store.putSnapshot(snapshot(1, `by-${index}`))));
      expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1);
    });
  });

  describe('requests', () => {
    test('are counted by key and minute, each of many at once', async () => {
      const { store } = await open();
      const minute = Math.floor(NOW / 60_000) * 60_000;
      const counts = await Promise.all(times(10, () => store.countRequest('client#ci', minute + 59_999)));
      expect([...counts].sort((a, b) => a - b)).toEqual(times(10, (index) => index + 1));
      expect(await store.countRequest('client#ci', minute)).toBe(11);
      expect(await store.countRequest('client#ci', minute + 60_000)).toBe(1);
      expect(await store.countRequest('client#billing', minute)).toBe(1);
    });
  });
}
