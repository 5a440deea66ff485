import { expect, it, vi } from 'vitest';
import { GoodSignatures } from '../../tokens/goodSignatures.ts';

const [key, other] = [{}, {}];
const good = (): boolean => true;
const bad = (): boolean => false;

it('asks once for each text and key', async () => {
  const signatures = new GoodSignatures();
  const verify = vi.fn(good);
  expect(await signatures.isGood(key, 'a.b.c', verify)).toBe(true);
  expect(await signatures.isGood(key, 'a.b.c', verify)).toBe(true);
  expect(verify).toHaveBeenCalledTimes(1);
  expect(await signatures.isGood(key, 'a.b.d', bad)).toBe(false);
  expect(await signatures.isGood(other, 'a.b.c', bad)).toBe(false);
  expect(await signatures.isGood(other, 'a.b.c', good)).toBe(true);
});

it('remembers no refusal, nor what could not be found out', async () => {
  const signatures = new GoodSignatures();
  expect(await signatures.isGood(key, 'a.b.c', bad)).toBe(false);
  await expect(signatures.isGood(key, 'a.b.c', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await signatures.isGood(key, 'a.b.c', bad)).toBe(false);
});

it('keeps so many of a key, and those of another apart', async () => {
  const signatures = new GoodSignatures(2);
  await signatures.isGood(other, 'first', good);
  for (const text of ['first', 'second', 'refused', 'third']) {
    await signatures.isGood(key, text, text === 'refused' ? bad : good);
  }
  expect(await signatures.isGood(key, 'second', bad)).toBe(true);
  expect(await signatures.isGood(key, 'third', bad)).toBe(true);
  expect(await signatures.isGood(key, 'first', bad)).toBe(false);
  expect(await signatures.isGood(other, 'first', bad)).toBe(true);
});
