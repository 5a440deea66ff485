import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemKeychain } from '../../../cli/src/store/keychain.ts';

describe('the system keychain', () => {
  it.each([
    ['switched off', { WRIT_KEYCHAIN: 'off' }, 'darwin'],
    ['Linux without a session bus', {}, 'linux'],
    ['a session bus that nobody answers on', { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' }, 'linux'],
  ] as const)('is not there: %s', async (_, env, platform) => {
    expect(await systemKeychain(env, platform, randomBytes).key(true)).toBeUndefined();
  });
});
