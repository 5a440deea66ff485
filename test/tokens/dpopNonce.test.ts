import { expect, it } from 'vitest';
import { clockNonces } from '../../tokens/dpopNonce.ts';

const nonces = clockNonces(Buffer.alloc(32, 1));
const NOW = 1_795_262_400_000;

it('is the same for everybody with the secret, and nobody else', () => {
  expect(clockNonces(Buffer.alloc(32, 1)).current(NOW)).toBe(nonces.current(NOW));
  expect(clockNonces(Buffer.alloc(32, 2)).current(NOW)).not.toBe(nonces.current(NOW));
});

it('is good for the step that it is of, and the next one', () => {
  const nonce = nonces.current(NOW);
  const isGood = (after: number) => nonces.accepted(NOW + after).includes(nonce);
  expect([0, 59_999, 60_000, 119_999, 120_000, -1].map(isGood)).toEqual([true, true, true, true, false, false]);
  expect(nonces.accepted(NOW)[0]).toBe(nonce);
});

it('needs a secret that can’t be guessed', () => {
  expect(() => clockNonces(Buffer.alloc(31))).toThrow(RangeError);
});
