import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSecret, writeSecret } from '../../../cli/src/store/sealed-file.ts';
import { fakeHost, memoryKeychain, noKeychain } from '../fake-host.ts';

const SECRET = { accessToken: 'a-secret-token' };

describe('secrets on disk', () => {
  it('are sealed by the keychain where there is one', async () => {
    const { host } = fakeHost({ keychain: memoryKeychain() });
    const path = join(host.homeDirectory, 'secret.json');
    await writeSecret(host, path, SECRET);
    expect(await readFile(path, 'utf8')).not.toContain('a-secret-token');
    expect(await readSecret(host, path)).toEqual(SECRET);
  });

  it('are as good as gone without the right key', async () => {
    const { host } = fakeHost({ keychain: memoryKeychain() });
    const path = join(host.homeDirectory, 'secret.json');
    await writeSecret(host, path, SECRET);
    expect(await readSecret({ ...host, keychain: noKeychain }, path)).toBeUndefined();
    const other = memoryKeychain();
    await other.key(true);
    expect(await readSecret({ ...host, keychain: other }, path)).toBeUndefined();
  });

  it('can not be passed off as another file, nor be altered', async () => {
    const { host } = fakeHost({ keychain: memoryKeychain() });
    const path = join(host.homeDirectory, 'secret.json');
    await writeSecret(host, path, SECRET);
    await copyFile(path, join(host.homeDirectory, 'other.json'));
    expect(await readSecret(host, join(host.homeDirectory, 'other.json'))).toBeUndefined();
    const { sealed } = JSON.parse(await readFile(path, 'utf8')) as { sealed: string };
    for (const at of [0, 20, sealed.length - 4]) {
      const altered = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      await writeFile(path, JSON.stringify({ version: 1, sealed: altered }));
      expect(await readSecret(host, path)).toBeUndefined();
    }
    for (const rubbish of ['', '{', '{}', '{"version":1,"sealed":"AAAA"}', '{"version":2,"open":{}}']) {
      await writeFile(path, rubbish);
      expect(await readSecret(host, path)).toBeUndefined();
    }
  });

  it('are plain in a private file where there is none', async () => {
    const { host } = fakeHost();
    const path = join(host.homeDirectory, 'secret.json');
    await writeSecret(host, path, SECRET);
    expect(await readSecret(host, path)).toEqual(SECRET);
    // A keychain that appears later reads it as well.
    expect(await readSecret({ ...host, keychain: memoryKeychain() }, path)).toEqual(SECRET);
  });
});
