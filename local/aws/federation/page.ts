/**
 * What one sees in place of the AWS console: who the session is, what it may do, and until when.
 *
 * No script runs in it, and every text from outside is escaped.
 */
import { createHash } from 'node:crypto';
import type { SessionCaller } from '../identities.ts';
import { policyEnd, statementRows } from './words.ts';
import type { StatementRow } from './words.ts';

const STYLE = `
:root { color-scheme: light dark; --edge: #8886; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; } dd { margin: 0; }
dt { font-weight: 600; } dd, td, pre { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border: 1px solid var(--edge); }
ul { margin: 0; padding-left: 1.2rem; } pre { white-space: pre-wrap; border: 1px solid var(--edge); padding: .6rem; }
.note { border-left: .3rem solid var(--edge); padding-left: .8rem; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** Sent with every page. The sign-in URL is a secret: it must not leak as a referrer nor stay in a cache. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;

/** The console of a live session. `now` is epoch milliseconds; `issuer` is what the link says sent it. */
export function sessionPage(caller: SessionCaller, now: number, issuer: string): string {
  const end = endOf(caller);
  const minutes = Math.max(1, Math.round((end - now) / 60_000));
  const tags = Object.entries(caller.tags).map(([key, value]) => `${key} = ${value}`);
  return page(
    'Signed in',
    `<p class="note">This is the local AWS: it stands in for the AWS console, and shows what the session is.</p>
<h2>Who</h2>
${facts([
  ['Session', caller.arn],
  ['Account', caller.accountId],
  ['Source identity', caller.sourceIdentity ?? 'none'],
  ['Tags', tags.join(', ') || 'none'],
  ['Sent by', issuer],
])}
<h2>Until when</h2>
<p><time datetime="${escapeHtml(iso(end))}">${escapeHtml(iso(end))}</time>, in about
${minutes} minute${minutes === 1 ? '' : 's'}. After that nothing works, whatever the page still shows.</p>
<h2>What it may do</h2>
${caller.sessionPolicy === undefined ? '<p>Whatever its role may do: the session has no policy of its own.</p>' : policySection(caller.sessionPolicy)}`,
  );
}

/** When nothing works any more: the session's expiry, or the end that its policy has, whichever comes first. */
export function endOf({ expiresAt, sessionPolicy }: SessionCaller): number {
  return Math.min(expiresAt, sessionPolicy === undefined ? expiresAt : policyEnd(sessionPolicy));
}

/** A session that can no longer be used. */
export function endedPage(caller: SessionCaller): string {
  return page(
    'The session has ended',
    `<p>The session <strong>${escapeHtml(caller.arn)}</strong> ended at ${escapeHtml(iso(endOf(caller)))}.
It can do nothing any more. Ask for a new link to go on.</p>`,
  );
}

/** Any other answer than a session. */
export function problemPage(title: string, advice: string): string {
  return page(title, `<p>${escapeHtml(advice)}</p>`);
}

function policySection(policy: string): string {
  const rows = statementRows(policy).map(row).join('\n');
  const raw = JSON.stringify(JSON.parse(policy), null, 2);
  return `<p>At most this, and only where its role may do it too. What is not allowed is refused; a refusal always wins.</p>
<table><thead><tr><th scope="col">Rule</th><th scope="col">To do</th><th scope="col">On</th><th scope="col">Only if</th></tr></thead>
<tbody>
${rows}
</tbody></table>
<details><summary>The session policy as JSON</summary><pre>${escapeHtml(raw)}</pre></details>`;
}

function row({ effect, actions, resources, conditions }: StatementRow): string {
  const only =
    conditions.length === 0
      ? 'always'
      : `<ul>${conditions.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`;
  const word = effect === 'Allow' ? '✓ Allowed' : '✗ Refused';
  return `<tr><th scope="row">${word}</th><td>${escapeHtml(actions)}</td><td>${escapeHtml(resources)}</td><td>${only}</td></tr>`;
}

function facts(pairs: readonly (readonly [name: string, value: string])[]): string {
  return `<dl>${pairs.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`;
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · local AWS</title><style>${STYLE}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${body}
</main></body></html>
`;
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
