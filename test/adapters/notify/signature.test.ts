import { describe, expect, it } from 'vitest';
import { isSigned, isTimely, parseSignatureHeader, signatureHeader } from '../../../adapters/notify/signature.ts';

const NOW = 1_790_000_000_500;

describe('a signature', () => {
  it('is over the time and the body, one for each key', () => {
    const header = signatureHeader(['new-key', 'old-key'], '{"a":1}', NOW);
    const parsed = parseSignatureHeader(header);
    expect(parsed?.t).toBe('1790000000');
    expect(parsed?.v1).toHaveLength(2);
    const signed = (key: string) => parsed?.v1.some((v1) => isSigned(v1, '1790000000.{"a":1}', [key]));
    expect(['new-key', 'old-key', 'other'].map(signed)).toEqual([true, true, false]);
  });

  it('has the value that anybody can compute again', () => {
    // printf '1790000000.{}' | openssl dgst -sha256 -hmac key
    const [, v1] = signatureHeader(['key'], '{}', NOW).split(',v1=');
    expect(v1).toBe('099d33989336226b12c85da813adf6100e1bbab1e91bede9a41ddeb7882d66b8');
  });

  it.each([
    '',
    't=1',
    `v1=${'a'.repeat(64)}`,
    `t=1,t=2,v1=${'a'.repeat(64)}`,
    `t=-1,v1=${'a'.repeat(64)}`,
    `t=1,v1=${'A'.repeat(64)}`,
    `t=1,v1=${'a'.repeat(63)}`,
    `t=1,v2=${'a'.repeat(64)}`,
    `t=1,${Array(20)
      .fill(`v1=${'a'.repeat(64)}`)
      .join(',')}`,
  ])('is not one: `%s`', (header) => {
    expect(parseSignatureHeader(header)).toBeUndefined();
  });

  it('is timely for five minutes either way', () => {
    expect([-301, -300, 0, 300, 301].map((d) => isTimely(String(1_790_000_000 + d), NOW))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
  });
});
