import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadState } from '../../../local/oidc/state.ts';
import { temporaryDirectory } from './fixture.ts';

it('is made once, and readable by the owner alone', () => {
  const directory = join(temporaryDirectory(), 'deep', 'oidc');
  const made = loadState(directory);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'issuer.json')).mode & 0o777).toBe(0o600);
  expect(loadState(directory)).toEqual(made);
  expect(new Set(Object.values(made.keys).map((key) => key.d)).size).toBe(4);
});

it('is made readable by the owner alone again', () => {
  const directory = temporaryDirectory();
  loadState(directory);
  chmodSync(join(directory, 'issuer.json'), 0o644);
  loadState(directory);
  expect(statSync(join(directory, 'issuer.json')).mode & 0o777).toBe(0o600);
});

it.each(['', '{', 'null', '{}', '{"cookieSecret":"x","keys":{"admin":{"kty":"EC"}}}'])(
  'that reads %j is refused and left as it is',
  (text) => {
    const directory = temporaryDirectory();
    const path = join(directory, 'issuer.json');
    writeFileSync(path, text);
    expect(() => loadState(directory)).toThrow(`${path} does not hold the local issuer\u2019s keys; remove it`);
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);

it('that can\u2019t be read or written gives one clear line', () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'issuer.json'));
  expect(() => loadState(directory)).toThrow('can\u2019t read the local issuer\u2019s keys from');
  writeFileSync(join(directory, 'file'), '');
  expect(() => loadState(join(directory, 'file'))).toThrow(/can\u2019t (read|write) the local issuer\u2019s keys/u);
});
