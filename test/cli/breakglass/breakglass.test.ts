import { beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../cli/src/run.ts';
import { writeSession } from '../../../cli/src/store/session.ts';
import { createSealedSystem, PUBLIC_URL } from '../../functions/sealedSystem.ts';
import { fakeHost } from '../fake-host.ts';
import type { FakeKey } from './fakeAgent.ts';
import { fakeKey, startFakeAgent } from './fakeAgent.ts';

/** The command line against the real handlers, with keys behind a fake agent that speaks the real protocol. */

let system: ReturnType<typeof createSealedSystem>;
beforeEach(() => {
  system = createSealedSystem();
});

async function somebody(name: string, keys: readonly FakeKey[]) {
  const { host, written } = fakeHost({
    env: { SSH_AUTH_SOCK: await startFakeAgent(keys), WRIT_API: PUBLIC_URL, WRIT_KEYCHAIN: 'off' },
    fetch: system.fetch,
    now: system.now,
  });
  const profile = { name: 'local', api: PUBLIC_URL };
  const writ = async (...args: readonly string[]) => {
    written.stdout = written.stderr = '';
    const code = await run([...args], host);
    return { code, ...written };
  };
  return {
    writ,
    json: async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await writ(...args, '--json');
      return { code, stderr, said: JSON.parse(stdout) as Record<string, unknown> };
    },
    signIn: () =>
      writeSession(host, profile, {
        api: PUBLIC_URL,
        domain: 'admin',
        issuer: 'https://issuer.example',
        accessToken: name,
        expiresAt: system.now() + 600_000,
        again: 'writ login --mfa',
      }),
  };
}

async function two() {
  const heidi = await somebody('heidi', [fakeKey('blue', { fido: true })]);
  const grace = await somebody('grace', [fakeKey('green')]);
  for (const one of [heidi, grace]) {
    await one.signIn();
    expect((await one.writ('breakglass', 'register')).code).toBe(0);
  }
  return { heidi, grace };
}

describe('writ breakglass', () => {
  it('registers, lists and removes keys', async () => {
    const heidi = await somebody('heidi', [fakeKey('blue', { fido: true }), fakeKey('spare')]);
    await heidi.signIn();
    expect(await heidi.writ('breakglass', 'register')).toMatchObject({ code: 2 });
    const { code, stdout } = await heidi.writ('breakglass', 'register', '--key', 'blue', '--label', 'on my keys');
    expect(code).toBe(0);
    expect(stdout).toContain('FIDO: signs when touched');
    const { said } = await heidi.json('breakglass', 'keys');
    const [key] = said['items'] as { id: string; label: string }[];
    expect(key).toMatchObject({ label: 'on my keys' });
    expect((await heidi.writ('breakglass', 'remove', key?.id ?? '')).stdout).toContain('for good');
    expect(await heidi.writ('breakglass', 'remove', 'x')).toMatchObject({ code: 2 });
  });

  it('needs a second factor to register', async () => {
    const heidi = await somebody('heidi', [fakeKey('blue')]);
    await heidi.signIn();
    system.secondFactor(undefined);
    const { code, stderr } = await heidi.writ('breakglass', 'register');
    expect(code).toBe(3);
    expect(stderr).toContain('writ login --mfa');
  });

  it('asks, has a second person sign, gives credentials and gives back, without anybody’s sign-in', async () => {
    const { heidi, grace } = await two();
    const asked = await heidi.json('breakglass', 'request', 'break-glass', '--for', '10m', '--reason', 'INC-7');
    expect(asked).toMatchObject({ code: 0, said: { status: 'pending' } });
    const id = String(asked.said['id']);

    const approved = await grace.writ('breakglass', 'approve', id, '--comment', 'called her back', '--yes');
    expect(approved.code).toBe(0);
    expect(approved.stderr).toContain('INC-7'); // the brief comes first
    expect((await heidi.writ('breakglass', 'status', id)).stdout).toContain('active');

    const first = await heidi.writ('breakglass', 'creds', id);
    expect(JSON.parse(first.stdout)).toMatchObject({ Version: 1, AccessKeyId: 'ASIAEXAMPLE' });
    expect((await heidi.writ('breakglass', 'creds', id)).stdout).toBe(first.stdout);
    expect((await heidi.json('breakglass', 'status', id)).said).toMatchObject({ credentials: { issued: 1 } });

    expect((await heidi.writ('breakglass', 'done', id)).stdout).toContain(`writ review ${id}`);
    const again = await heidi.json('breakglass', 'request', 'break-glass', '--reason', 'again');
    expect(again).toMatchObject({ code: 4, said: { error: { code: 'review_outstanding' } } });
  });

  it('rehearses, and says by its exit code whether it would work', async () => {
    const heidi = await somebody('heidi', [fakeKey('blue', { fido: true })]);
    await heidi.signIn();
    await heidi.writ('breakglass', 'register');
    const alone = await heidi.writ('breakglass', 'drill');
    expect(alone.code).toBe(1);
    expect(alone.stdout).toMatch(/fail +second person +nobody with a key/);
    expect(alone.stdout).toContain('break-glass would NOT work now. Nothing was granted.');

    const grace = await somebody('grace', [fakeKey('green')]);
    await grace.signIn();
    await grace.writ('breakglass', 'register');
    const { code, said } = await heidi.json('breakglass', 'drill', 'break-glass');
    expect([code, said['works']]).toEqual([0, true]);
    expect((await system.byToken('listGrants', 'heidi')).body['items']).toEqual([]);
  });

  it('says what to do about a key that is not registered, and about none', async () => {
    const mallory = await somebody('mallory', [fakeKey('blue')]);
    const { code, stderr } = await mallory.writ('breakglass', 'drill', 'break-glass');
    expect(code).toBe(3);
    expect(stderr).toContain('Check that this key is registered here');
    const nobody = await somebody('mallory', []);
    expect(await nobody.writ('breakglass', 'drill')).toMatchObject({ code: 5 });
  });

  it('refuses what is no grant’s id before it asks for a touch', async () => {
    const nobody = await somebody('heidi', []);
    expect((await nobody.writ('breakglass', 'status', 'x')).code).toBe(2);
  });
});
