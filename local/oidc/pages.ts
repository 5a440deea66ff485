import { createHash } from 'node:crypto';
import type { Account } from './people.ts';

const STYLE = `
body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}
fieldset{border:1px solid #767680;border-radius:.5rem;padding:.5rem 1rem}
label{display:block;padding:.3rem 0}
button{font:inherit;padding:.4rem 1rem;margin:1rem .5rem 0 0}
input[type=text]{font:inherit;padding:.3rem;width:100%;box-sizing:border-box}
code{font-size:1.4em}
@media (prefers-color-scheme:dark){body{color:#eee;background:#1b1b1f}}
`;
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/**
 * The headers of every page. `'report-sample'` allows no script at all; the provider adds the hash of the one script
 * that its own self-submitting page has.
 *
 * @param formTarget a further origin that a submitted form may be redirected to: browsers hold `form-action` against
 *   the redirects that follow a form, too.
 */
export function pageHeaders(formTarget?: string): Record<string, string> {
  const formAction = formTarget === undefined ? "'self'" : `'self' ${formTarget}`;
  return {
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      `style-src 'sha256-${STYLE_HASH}'`,
      "script-src 'report-sample'",
      `form-action ${formAction}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => ENTITIES[character] ?? '');
}

/** @param body trusted HTML */
function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${body}
</main></body>
</html>
`;
}

export interface SignInPage {
  readonly action: string;
  readonly issuer: string;
  readonly accounts: readonly Account[];
  /** The account to preselect (`login_hint`). */
  readonly hint?: string;
}

/** Choose a ready account. Fields: `user`, `mfa=true`, and `cancel=true` from the second button. */
export function signInPage({ action, issuer, accounts, hint }: SignInPage): string {
  const chosen = accounts.some((account) => account.name === hint) ? hint : accounts[0]?.name;
  const choices = accounts.map(({ name, title }) => {
    const checked = name === chosen ? ' checked' : '';
    return `<label><input type="radio" name="user" value="${escapeHtml(name)}" required${checked}>
<strong>${escapeHtml(name)}</strong> (${escapeHtml(title)})</label>`;
  });
  return page(
    'Sign in to the local Writ',
    `<p>Issuer ${escapeHtml(issuer)}. These accounts exist on this computer alone; they have no passwords.</p>
<form method="post" action="${escapeHtml(action)}">
<fieldset><legend>Account</legend>
${choices.join('\n')}
</fieldset>
<label><input type="checkbox" name="mfa" value="true"> with a second factor (MFA)</label>
<button type="submit">Sign in</button>
<button type="submit" name="cancel" value="true" formnovalidate>Cancel</button>
</form>`,
  );
}

/** @param form the provider's form: trusted HTML, with a handler inside that the policy above forbids anyway */
export function deviceCodePage(form: string, problem: boolean): string {
  return page(
    'Connect a device',
    `${problem ? '<p role="alert">That code is not known, or its time is over. Try again.</p>' : ''}
<p>Enter the code that your terminal shows.</p>
${form.replace(/onfocus="[^"]*"/u, 'aria-label="Code"')}
<button type="submit" form="op.deviceInputForm">Continue</button>`,
  );
}

/** @param form the provider's form: trusted HTML */
export function deviceConfirmPage(form: string, userCode: string): string {
  return page(
    'Connect this device?',
    `<p>Your terminal must show exactly this code: <code>${escapeHtml(userCode)}</code></p>
${form}
<button type="submit" form="op.deviceConfirmForm">The code is the same</button>
<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">Cancel</button>`,
  );
}

export function deviceDonePage(): string {
  return page('Signed in', '<p>You can close this page and go back to your terminal.</p>');
}

export function errorPage(error: string, description: string): string {
  return page('That did not work', `<p role="alert">${escapeHtml(error)}: ${escapeHtml(description)}</p>`);
}
