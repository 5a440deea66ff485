import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clientWithPublishedKey } from '../../../infra/publishedKeys.ts';
import type { OAuthClient } from '../../../core/oauth/client.ts';
import { sampleClientKey } from '../../../local/samples/clientKeys.ts';

const text = readFileSync('policies/clients.json', 'utf8');
const clients = JSON.parse(text) as readonly OAuthClient[];
const keyed = clients.flatMap(({ id, authentication }) =>
  authentication.method === 'private_key_jwt' ? [{ id, keys: authentication.keys }] : [],
);

describe('the keys of the sample clients', () => {
  it.each(keyed)('are halves of one: $id', ({ id, keys }) => {
    const { kid, ...jwk } = sampleClientKey(id);
    const own = createPublicKey(createPrivateKey({ key: jwk, format: 'jwk' })).export({ format: 'jwk' });
    expect(keys).toEqual([{ ...own, kid, use: 'sig', alg: 'ES256' }]);
  });

  it('are each known as published, so that no real deployment trusts one', () => {
    expect(keyed).toHaveLength(5);
    for (const { id } of keyed) {
      const one = clients.filter((client) => client.id === id);
      expect(clientWithPublishedKey(one)?.id).toBe(id);
    }
  });

  it('leave no private half in the bundle', () => {
    for (const { id } of keyed) expect(text).not.toContain(sampleClientKey(id).d);
  });

  it('are there for clients that sign, and no others', () => {
    for (const id of ['writ-cli', 'ci', 'constructor']) {
      expect(() => sampleClientKey(id)).toThrow(`the sample client \`${id}\` has no key`);
    }
  });
});
