import { describe, expect, it } from 'vitest';
import { createHandler } from '../../../functions/public/app.ts';
import { apiEvent } from '../event.ts';

const ID = 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H';

const ignored = (): void => undefined;

/** It is given no store, no engine and no verifier: there is nothing that a link could make it do. */
const handler = createHandler({
  log: { answered: ignored, failed: ignored, undecided: ignored, worked: ignored },
  bundle: { catalogue: [], issuers: [], sha256: 'a'.repeat(64) },
  publicUrl: 'https://writ.example',
  awsEndpointUrl: undefined,
  jwks: async () => ({ keys: [] }),
  snapshotJwks: async () => ({ keys: [] }),
});

const follow = (id: string, method = 'GET') =>
  handler(apiEvent({ method, resource: '/requests/{id}', path: { id } }), {
    getRemainingTimeInMillis: () => 5_000,
  });

describe('a link in a message', () => {
  it('leads to a page without scripts, forms or links, that says how to decide', async () => {
    const { statusCode, headers = {}, body } = await follow(ID);
    expect(statusCode).toBe(200);
    expect(String(headers['content-type'])).toContain('text/html');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';.* sandbox$/);
    expect(body).toContain(`writ approve ${ID}`);
    expect(body).not.toMatch(/<(script|form|a|img|link|iframe|button|input)\b/i);
    expect(body).not.toMatch(/http-equiv|\bon[a-z]+=/i);
  });

  it('is refused for what is no grant’s id, which is not repeated as markup', async () => {
    const { statusCode, body } = await follow('<script>alert(1)</script>');
    expect(statusCode).toBeGreaterThanOrEqual(400);
    expect(body).not.toContain('<script>');
  });

  it('can’t be posted to', async () => {
    const { statusCode } = await follow(ID, 'POST');
    expect(statusCode).toBeGreaterThanOrEqual(400);
  });
});
