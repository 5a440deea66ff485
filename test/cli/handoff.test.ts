import { describe, expect, it } from 'vitest';
import { openSecretUrl } from '../../cli/src/handoff.ts';
import { fakeHost } from './fake-host.ts';
import { rawRequest } from './raw-request.ts';

const SECRET_URL = 'https://signin.example.com/?SigninToken=secret';

describe('openSecretUrl', () => {
  it('leads the browser there once, without the secret in what is opened', async () => {
    let opened = '';
    let first: Promise<Response> | undefined;
    const { host } = fakeHost({
      openUrl: async (url) => {
        opened = url;
        const wrong = await fetch(new URL('/wrong', url), { redirect: 'manual' });
        expect(wrong.status).toBe(404);
        expect((await rawRequest(url, { host: 'evil.example.com' })).status).toBe(404);
        expect((await rawRequest(url, { method: 'HEAD' })).status).toBe(404);
        first = fetch(url, { redirect: 'manual' });
        return true;
      },
    });
    expect(await openSecretUrl(host, SECRET_URL)).toBe(true);
    expect((await first)?.headers.get('location')).toBe(SECRET_URL);
    expect(opened).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}$/);
    await expect(fetch(opened, { redirect: 'manual' })).rejects.toThrow();
  });

  it('says when no browser could be opened, or none came', async () => {
    expect(await openSecretUrl(fakeHost().host, SECRET_URL)).toBe(false);
    const { host } = fakeHost({ openUrl: async () => true, sleep: async () => undefined });
    expect(await openSecretUrl(host, SECRET_URL)).toBe(false);
  });
});
