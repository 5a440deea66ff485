import type { Host } from '../../cli/src/host.ts';
import { writeSession } from '../../cli/src/store/session.ts';
import { fakeHost, scriptedPrompts } from './fake-host.ts';

/** What time it is in tests at a terminal, unless they say otherwise. */
export const NOW = Date.parse('2026-11-21T09:00:00Z');

/** Signed in at `api`; at a terminal, with these answers to questions, unless `more` says otherwise. */
export async function personAt(api: string, answers: readonly (string | boolean)[], more: Partial<Host> = {}) {
  const { asked, prompts } = scriptedPrompts(answers);
  const { host, written } = fakeHost({ env: { WRIT_API: api }, interactive: true, now: () => NOW, prompts, ...more });
  const session = { api, domain: 'admin', issuer: 'x', accessToken: 'token', again: 'writ login' };
  await writeSession(host, { name: 'local', api }, { ...session, expiresAt: host.now() + 36_000_000 });
  return { asked, host, written };
}
