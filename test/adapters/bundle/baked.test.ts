import { describe, expect, test } from 'vitest';
import { parseBundle, serializeBundle } from '../../../adapters/bundle/baked.ts';
import { loadBundle } from '../../../adapters/bundle/load.ts';

const bundle = loadBundle('policies');
const baked = serializeBundle(bundle);

test('a baked bundle is read as it was', () => {
  expect(parseBundle(baked)).toEqual(bundle);
});

test('the order of members and white space do not matter', () => {
  const { sha256, ...parts } = bundle;

  expect(parseBundle(JSON.stringify({ ...parts, sha256 }, null, 2))).toEqual(bundle);
});

describe('is refused', () => {
  test.each<[string, string, RegExp]>([
    ['cut off', baked.slice(0, -10), /bundle\.json: not JSON/],
    ['no object', '[]', /a part of the bundle is missing/],
    ['nothing', 'null', /a part of the bundle is missing/],
    [
      'edited',
      baked.replace('"maxSessions":100', '"maxSessions":101'),
      /the content hashes to [0-9a-f]{64}, but it says/,
    ],
    ['with a policy less', JSON.stringify({ ...bundle, policies: {} }), /the content hashes to/],
    ['with another person', baked.replace('"person":"bob"', '"person":"rob"'), /the content hashes to/],
    ['with another channel', baked.replace('"ops-chat"', '"our-chat"'), /the content hashes to/],
    ['with another hash', JSON.stringify({ ...bundle, sha256: '0'.repeat(64) }), /but it says 0{64}/],
  ])('when %s', (_, text, problem) => {
    expect(() => parseBundle(text)).toThrow(problem);
  });

  test.each([
    'sha256',
    'schema',
    'policies',
    'catalogue',
    'chains',
    'directory',
    'channels',
    'issuers',
    'clients',
    'targets',
  ])('without its %s', (part) => {
    expect(() => parseBundle(JSON.stringify({ ...bundle, [part]: undefined }))).toThrow(
      'a part of the bundle is missing',
    );
  });
});
