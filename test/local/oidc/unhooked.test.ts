import storage from 'oidc-provider/lib/helpers/als.js';
import { expect, it } from 'vitest';
import { unhooked } from '../../../local/oidc/unhooked.ts';
import { startIssuer } from './fixture.ts';

/** What Node.js until 24 says of a storage that makes promises dearer; later ones have no such thing. */
const isHooked = (): boolean => 'enabled' in storage && storage.enabled === true;

it('leaves no asynchronous context switched on after the provider’s requests', async () => {
  const issuer = await startIssuer();
  const paths = ['/.well-known/openid-configuration', '/jwks'];
  const answers = await Promise.all(paths.map((path) => fetch(issuer.issuers.admin + path)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(isHooked()).toBe(false);
});

it('leaves a request its context while another one ends, and one that failed too', async () => {
  let go = (): void => undefined;
  const ended = new Promise<void>((resolve) => (go = resolve));
  const slow = unhooked(() =>
    storage.run('slow', async () => {
      await ended;
      return storage.getStore();
    }),
  );
  await expect(unhooked(() => storage.run('failed', () => Promise.reject(new Error('no'))))).rejects.toThrow('no');
  go();
  expect(await slow).toBe('slow');
  expect(isHooked()).toBe(false);
});
