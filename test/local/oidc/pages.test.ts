import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { errorPage, escapeHtml, pageHeaders, signInPage } from '../../../local/oidc/pages.ts';
import { ACCOUNTS } from '../../../local/oidc/people.ts';
import { Browser } from './browser.ts';
import { startIssuer } from './fixture.ts';

const page = (hint?: string) =>
  signInPage({
    action: '/interaction/x"y',
    issuer: '<i>',
    accounts: ACCOUNTS,
    ...(hint === undefined ? {} : { hint }),
  });

it('escapes what it shows', () => {
  expect(escapeHtml(`<a href="x">&'`)).toBe('&lt;a href=&quot;x&quot;&gt;&amp;&#39;');
  expect(errorPage('<script>', '"&')).toContain('&lt;script&gt;: &quot;&amp;');
  expect(page()).toContain('action="/interaction/x&quot;y"');
  expect(page()).toContain('Issuer &lt;i&gt;.');
});

it('has a language, a title, a heading, and a label around each field', () => {
  const html = page();
  expect(html).toMatch(
    /<html lang="en">.*<title>Sign in to the local Writ<\/title>.*<h1>Sign in to the local Writ<\/h1>/su,
  );
  expect(html.match(/<label><input type="radio" name="user"/gu)).toHaveLength(ACCOUNTS.length);
  expect(html).toContain('<legend>Account</legend>');
  expect(html).toContain('<label><input type="checkbox" name="mfa" value="true">');
});

it('preselects the hint where it is an account, and else the first', () => {
  expect(page('carol')).toContain('value="carol" required checked');
  expect(page('nobody')).toContain('value="alice" required checked');
});

it('is served with a policy that allows its own style, no script, and the form\u2019s way back to the client', async () => {
  const issuer = await startIssuer();
  const query = new URLSearchParams({
    client_id: 'writ-cli',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: 'http://127.0.0.1:50123/callback',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  const { headers, body } = await new Browser(issuer.issuers.admin).get(
    `${issuer.issuers.support}/auth?${query.toString()}`,
  );
  const style = /<style>(.*)<\/style>/su.exec(body)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(headers.get('content-security-policy')).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; script-src 'report-sample'; ` +
      `form-action 'self' http://127.0.0.1:50123; base-uri 'none'; frame-ancestors 'none'`,
  );
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body).toContain('value="dave"');
  expect(body).not.toContain('value="alice"');
});

it('allows no form target but itself elsewhere', () => {
  expect(pageHeaders()['content-security-policy']).toContain("form-action 'self';");
});
