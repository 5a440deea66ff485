import type { Entry } from '@napi-rs/keyring';
import type { Environment } from '../host.ts';

/**
 * The OS's safe place: macOS Keychain, Windows Credential Manager, the Secret Service on Linux. It keeps one random
 * key; tokens are files sealed with that key, because Windows keeps no more than 2,560 bytes per entry and tokens may
 * be longer.
 */
export interface Keychain {
  /** The 32-byte key; made when there is none and `create` is set. Undefined where there is no keychain to use. */
  readonly key: (create: boolean) => Promise<Buffer | undefined>;
}

const SERVICE = 'writ';
const ACCOUNT = 'token-key';
export const KEY_BYTES = 32;

export function systemKeychain(
  env: Environment,
  platform: NodeJS.Platform,
  randomBytes: (size: number) => Buffer,
): Keychain {
  return {
    key: async (create) => {
      const entry = await openEntry(env, platform);
      if (!entry) return undefined;
      try {
        const stored = entry.getSecret();
        if (stored?.length === KEY_BYTES) return Buffer.from(stored);
        if (!create) return undefined;
        const made = randomBytes(KEY_BYTES);
        entry.setSecret(made);
        return made;
      } catch {
        return undefined; // locked or refused: the caller falls back to a private file, or asks to sign in again
      }
    },
  };
}

async function openEntry(env: Environment, platform: NodeJS.Platform): Promise<Entry | undefined> {
  if (env['WRIT_KEYCHAIN'] === 'off') return undefined;
  // Without a session bus there is no Secret Service; the kernel's keyring forgets at reboot.
  if (platform === 'linux' && !env['DBUS_SESSION_BUS_ADDRESS']) return undefined;
  try {
    const keyring = await import('@napi-rs/keyring');
    return new keyring.Entry(SERVICE, ACCOUNT, { linux: { store: 'secret-service' } });
  } catch {
    return undefined; // no prebuilt binding for this platform, or no keychain service
  }
}
