import { describe, expect, it } from 'vitest';
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { createSecrets } from '../../../adapters/notify/secrets.ts';
import { createDpopNonces } from '../../../adapters/oauth/dpopNonces.ts';

const START = Date.parse('2026-11-21T09:00:00Z');
const [NEW, OLD] = ['n'.repeat(43), 'o'.repeat(43)];

interface Stored {
  readonly AWSCURRENT: string;
  readonly AWSPREVIOUS?: string;
}

/** An instance: Secrets Manager, the cache of a minute in front of it, and the clock. */
function world(stored: Stored) {
  const state = { now: START, stored, names: [] as string[] };
  const client = Object.assign(new SecretsManagerClient(), {
    async send(command: unknown) {
      if (!(command instanceof GetSecretValueCommand)) throw new Error('unexpected');
      const { SecretId = '', VersionStage } = command.input;
      state.names.push(SecretId);
      const signingKey = state.stored[VersionStage as keyof Stored];
      if (signingKey === undefined) throw new ResourceNotFoundException({ message: 'none', $metadata: {} });
      return { SecretString: JSON.stringify({ signingKey }), CreatedDate: new Date(START) };
    },
  });
  const clock = () => state.now;
  return { state, nonces: createDpopNonces({ secrets: createSecrets({ client, clock }), clock }) };
}

describe('a nonce for DPoP proofs', () => {
  it('is the same in every instance, and new each minute', async () => {
    const one = world({ AWSCURRENT: NEW });
    const other = world({ AWSCURRENT: NEW });
    const { current } = await one.nonces();
    expect(current).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect((await other.nonces()).current).toBe(current);
    one.state.now += 59_999;
    expect((await one.nonces()).current).toBe(current);
    one.state.now += 1;
    expect((await one.nonces()).current).not.toBe(current);
    expect(one.state.names[0]).toBe('writ/dpop-nonce');
  });

  it('is accepted in its minute and the next, and no longer', async () => {
    const { state, nonces } = world({ AWSCURRENT: NEW });
    const { current } = await nonces();
    const isAccepted = async (at: number) => {
      state.now = at;
      return (await nonces()).accepted.includes(current);
    };
    expect(await isAccepted(START - 1)).toBe(false);
    expect(await isAccepted(START)).toBe(true);
    expect(await isAccepted(START + 119_999)).toBe(true);
    expect(await isAccepted(START + 120_000)).toBe(false);
  });

  it('outlives a rotation of the secret, but is made by the new one', async () => {
    const before = await world({ AWSCURRENT: OLD }).nonces();
    const after = await world({ AWSCURRENT: NEW, AWSPREVIOUS: OLD }).nonces();
    expect(after.accepted).toContain(before.current);
    expect(after.current).not.toBe(before.current);
    expect((await world({ AWSCURRENT: NEW }).nonces()).accepted).not.toContain(before.current);
  });

  it('does not come from a short secret, of which nothing is told', async () => {
    const { nonces } = world({ AWSCURRENT: 'x'.repeat(42) });
    await expect(nonces()).rejects.toThrow(/^the secret writ\/dpop-nonce is not as it should be: signingKey$/);
  });
});
