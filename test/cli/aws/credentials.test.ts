import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversGrant, credentialsOf, memoryCache } from '../../../cli/src/aws/credentials.ts';
import { GRANT_ID } from '../../sdk/samples.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');
const at = (seconds: number): string => new Date(NOW + seconds * 1_000).toISOString();

async function askTwice(
  sessionSeconds: number,
  grantSeconds: number,
  laterSeconds: number,
  status: 'active' | 'revoked' = 'active',
) {
  let issued = 0;
  const client = {
    awsCredentials: async () => {
      issued += 1;
      return {
        Version: 1 as const,
        AccessKeyId: `ASIA${issued}`,
        SecretAccessKey: 's',
        SessionToken: 't',
        Expiration: at(Math.min(sessionSeconds, grantSeconds)),
      };
    },
  };
  const cache = memoryCache();
  const grant = { id: GRANT_ID, expiresAt: at(grantSeconds) };
  await credentialsOf(client, cache, { ...grant, status: 'active' }, NOW);
  const second = await credentialsOf(client, cache, { ...grant, status }, NOW + laterSeconds * 1_000);
  return { issued, second };
}

describe('credentialsOf', () => {
  it.each([
    ['at once', 900, 3_600, 0, 1],
    ['with just more than five minutes left', 900, 3_600, 599, 1],
    ['with five minutes left', 900, 3_600, 600, 2],
    ['near the end of the grant, where a new one would last no longer', 900, 900, 899, 1],
    ['of a short grant', 60, 60, 30, 1],
    ['when it is over', 60, 60, 60, 2],
  ])('gives the session again or gets a new one: %s', async (_, session, grant, later, issued) => {
    expect((await askTwice(session, grant, later)).issued).toBe(issued);
  });

  it('never gives a kept session for a grant that is over', async () => {
    expect((await askTwice(900, 3_600, 1, 'revoked')).issued).toBe(2);
  });

  it('never gives one that is over, or will be within five minutes though the grant goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 5, max: 900 }),
        fc.integer({ min: 5, max: 43_200 }),
        fc.integer({ min: 0, max: 2_000 }),
        async (session, grant, later) => {
          const { second, issued } = await askTwice(session, grant, later);
          if (issued === 2) return;
          const left = Date.parse(second.Expiration) - (NOW + later * 1_000);
          expect(left).toBeGreaterThan(0);
          expect(left > 300_000 || coversGrant(second, at(grant))).toBe(true);
        },
      ),
    );
  });

  it('forgets the kept session when the API says no', async () => {
    const cache = memoryCache();
    const kept = {
      Version: 1 as const,
      AccessKeyId: 'A',
      SecretAccessKey: 's',
      SessionToken: 't',
      Expiration: at(900),
    };
    await cache.put(GRANT_ID, kept);
    const client = { awsCredentials: () => Promise.reject(new Error('no')) };
    const grant = { id: GRANT_ID, status: 'returned' as const };
    await expect(credentialsOf(client, cache, grant, NOW)).rejects.toThrow('no');
    expect(await cache.get(GRANT_ID)).toBeUndefined();
  });
});
