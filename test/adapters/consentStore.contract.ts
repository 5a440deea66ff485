/** What every implementation of `ConsentStore` does, whatever it stands on. */
import { describe, expect, test } from 'vitest';
import type { Consent } from '../../core/consent.ts';
import type { PrincipalId } from '../../core/principal.ts';
import { NOW } from '../core/fixtures.ts';
import { ACTIVE, actingFor, birthOf, consentOf, DANA, eventOf, leafOf, movedTo, pendingUntil } from './samples.ts';
import type { Open } from './stores.contract.ts';

export function consentStoreContract(open: Open): void {
  /** A grant that was approved with consents. */
  async function withConsents(...overs: Partial<Consent>[]) {
    const { store } = await open();
    const grant = actingFor(DANA, {}, pendingUntil(NOW + 1_000));
    await store.create({ grant, leaves: birthOf(grant) });
    const consents = overs.map((over) => consentOf(grant, over));
    const moved = movedTo(grant, ACTIVE);
    const companions = consents.map((consent) => ({ type: 'consent', consent }) as const);
    await store.transition({ grant: moved, leaf: leafOf(moved, 'grant.activated'), companions });
    return { store, grant: moved, consents };
  }

  describe('consents', () => {
    test('are those of the subject, for the entitlement alone if asked so, expired ones too', async () => {
      const { store, consents } = await withConsents(
        { entitlement: 'a' },
        { entitlement: 'a-b', expiresAt: 0 },
        { entitlement: 'b', withdrawnAt: NOW },
        { entitlement: 'a', subject: 'customer:shop:erik' as PrincipalId },
      );
      expect(await store.consentsOf(DANA)).toEqual(consents.slice(0, 3));
      expect(await store.consentsOf(DANA, 'a')).toEqual(consents.slice(0, 1));
      expect(await store.consentsOf(DANA, 'c')).toEqual([]);
      expect(await store.consentsOf('customer:shop:d' as PrincipalId)).toEqual([]);
    });

    test('are all read, however many', async () => {
      const { store, consents } = await withConsents(...Array.from({ length: 60 }, () => ({})));
      expect(await store.consentsOf(DANA)).toEqual(consents);
    });

    test('are withdrawn once, with the leaf', async () => {
      const { store, grant, consents } = await withConsents({});
      const [consent] = consents;
      if (!consent) throw new Error('no consent');
      const withdrawn = { ...consent, withdrawnAt: NOW + 5 };
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () => store.withdrawConsent(withdrawn, eventOf(grant, 'consent.withdrawn'))),
      );
      expect(outcomes.filter((outcome) => outcome === 'withdrawn')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(7);
      expect(await store.consentsOf(DANA)).toEqual([withdrawn]);
      const { items } = await store.ofStream(grant.id, { limit: 100 });
      expect(items.filter(({ type }) => type === 'consent.withdrawn')).toHaveLength(1);
    });

    test.each<[string, (consent: Consent) => Consent]>([
      ['another purpose', (consent) => ({ ...consent, purpose: 'another' })],
      ['other operations', (consent) => ({ ...consent, operations: [] })],
      ['another id', (consent) => ({ ...consent, id: `cns_${'9'.repeat(26)}` })],
    ])('are not withdrawn under %s, and no leaf says so', async (_, change) => {
      const { store, grant, consents } = await withConsents({});
      const [consent] = consents;
      if (!consent) throw new Error('no consent');
      const other = change({ ...consent, withdrawnAt: NOW + 5 });
      expect(await store.withdrawConsent(other, eventOf(grant, 'consent.withdrawn'))).toBe('conflict');
      expect(await store.consentsOf(DANA)).toEqual([consent]);
      const { items } = await store.ofStream(grant.id, { limit: 100 });
      expect(items.map(({ type }) => type)).not.toContain('consent.withdrawn');
    });

    test('are not withdrawn without a time', async () => {
      const { store, grant, consents } = await withConsents({});
      const [consent] = consents;
      if (!consent) throw new Error('no consent');
      await expect(store.withdrawConsent(consent, eventOf(grant, 'consent.withdrawn'))).rejects.toThrow(
        'a withdrawal has its time',
      );
    });
  });
}
