import { expect, it } from 'vitest';
import { sourceBinding } from '../../tokens/sourceBinding.ts';

it('is SHA-256 over token id and address', () => {
  expect(sourceBinding('tok_1', '192.0.2.1')).toBe('2848eef2be0d3b4d95e0f723802587e6a44fff917b24b4dc761dcfb7ad18856e');
  expect(sourceBinding('tok_1', '2001:db8::1')).toBe(
    '7fd579bc31970f0b15470c069bd2fa944b0d7cc9bb3d527a5ea38ff20f118c6c',
  );
});

it('differs by token and by address', () => {
  const values = [
    sourceBinding('tok_1', '192.0.2.1'),
    sourceBinding('tok_2', '192.0.2.1'),
    sourceBinding('tok_1', '192.0.2.2'),
  ];
  expect(new Set(values).size).toBe(3);
});

it.each([
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['2001:0db8::0001', '2001:db8::1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:255.255.255.255', '255.255.255.255'],
])('takes %s for %s', (one, other) => {
  expect(sourceBinding('tok_1', one)).toBe(sourceBinding('tok_1', other));
});

it.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '01.2.3.4',
  '0x7f.1.1.1',
  '1.2.3.4.',
  '1.2.3.4\n',
  '192.0.2.1, 192.0.2.2',
  'localhost',
  '[::1]',
  '::1]/x[',
  '::1%eth0',
  ':::',
  '1:2:3:4:5:6:7:8:9',
  'f'.repeat(10_000),
])('is not there for %j', (address) => {
  expect(sourceBinding('tok_1', address)).toBeUndefined();
});
