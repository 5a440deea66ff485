import { describe, expect, it } from 'vitest';
import type { GrantState } from '../../../../core/grant.ts';
import { liveGrant } from '../../../../core/usecases/tokens/liveGrant.ts';
import { ALICE, grantIn, NOW } from '../../fixtures.ts';
import { createWorld } from '../world.ts';

const over = { endedAt: NOW, endedBy: ALICE } as const;

const STATES: readonly [GrantState, string][] = [
  [{ status: 'scheduled', startsAt: NOW + 1 }, 'the grant is not active yet: wait for it'],
  [{ status: 'scheduled', startsAt: NOW }, 'the grant begins at this moment: try again in a minute'],
  [{ status: 'active', activatedAt: NOW - 600_000, expiresAt: NOW }, 'the grant is over (expired): make a new request'],
  [{ status: 'cancelled', ...over }, 'the grant is over (cancelled): make a new request'],
  [{ status: 'revoked', endReason: 'revoked', ...over }, 'the grant is over (revoked): make a new request'],
];

describe('a grant that lends no token now', () => {
  const { engine } = createWorld();
  const deps = { engine, clock: () => NOW };

  it.each(STATES)('%j', (state, description) => {
    const { roleArn: _, ...grant } = grantIn(state);
    expect(() => liveGrant(deps, grant)).toThrow(expect.objectContaining({ code: 'invalid_grant', description }));
  });

  it('one that does not exist', () => {
    const description = 'there is no such grant of the subject: name one by grant_id';
    expect(() => liveGrant(deps, undefined)).toThrow(expect.objectContaining({ code: 'invalid_grant', description }));
  });

  it('one of an AWS role', () => {
    const grant = grantIn({ status: 'active', activatedAt: NOW, expiresAt: NOW + 600_000 });
    const description = 'the grant lends an AWS role, and no tokens';
    expect(() => liveGrant(deps, grant)).toThrow(expect.objectContaining({ code: 'invalid_grant', description }));
  });
});
