import { loadBundle } from '../adapters/bundle/load.ts';
import { createCedarEngine } from '../adapters/cedar/engine.ts';
import { loadInstalledWasm } from '../adapters/cedar/wasm.ts';
import { ceilingOf, lentRoleArn, targetOf } from '../core/entitlement.ts';
import type { PolicyBundle } from '../core/bundle.ts';
import type { PolicyAction } from '../core/decision.ts';
import type { PolicyContext, PolicyResource } from '../core/ports.ts';
import type { Principal } from '../core/principal.ts';
import { principalId, refOf } from '../core/principal.ts';
import { median } from './numbers.ts';
import { rounded, table } from './report.ts';

const BATCHES = 15;
const BATCH_MILLISECONDS = 200;
const WARM_UP_MILLISECONDS = 500;

interface Question {
  readonly action: PolicyAction;
  readonly who: Principal;
  readonly about: string;
  readonly resource: PolicyResource;
}

/** How many questions of one kind Cedar answers in a second, on one thread, over the sample bundle. */
export async function deciding(): Promise<string> {
  const bundle = loadBundle('policies');
  const started = performance.now();
  const engine = createCedarEngine(bundle, loadInstalledWasm);
  const parsing = performance.now() - started;
  const rows = questionsOn(bundle).map(({ action, who, about, resource }) => {
    const context: PolicyContext = {
      now: NOW,
      sourceIp: '192.0.2.7',
      durationSeconds: 600,
      parameters: { customer: 'C-42' },
      ticket: 'INC-42',
    };
    const { allowed, error } = engine.decide(who, action, resource, context);
    if (error !== undefined) throw new Error(error);
    const perSecond = rate(() => engine.decide(who, action, resource, context));
    return [action, who.subject, about, allowed ? 'yes' : 'no', Math.round(perSecond), rounded(1e6 / perSecond)];
  });
  return [
    table(['question', 'asked by', 'about', 'answer', 'decisions/s', 'µs each'], rows),
    `${Object.keys(bundle.policies).length} policies, parsed in ${rounded(parsing)} ms. ` +
      `Medians of ${BATCHES} batches of ${BATCH_MILLISECONDS} ms.`,
  ].join('\n');
}

/** Calls in a second: the median over the batches. */
function rate(ask: () => unknown): number {
  const batch = (milliseconds: number): number => {
    const started = performance.now();
    let asked = 0;
    let elapsed = 0;
    for (; elapsed < milliseconds; elapsed = performance.now() - started) {
      ask();
      asked += 1;
    }
    return (asked / elapsed) * 1000;
  };
  batch(WARM_UP_MILLISECONDS);
  return median(Array.from({ length: BATCHES }, () => batch(BATCH_MILLISECONDS)));
}

const NOW = Date.UTC(2026, 10, 21, 9, 30);

const principal = (subject: string, group: string): Principal => ({
  id: principalId('admin', 'local-admin', subject),
  domain: 'admin',
  issuer: 'local-admin',
  subject,
  person: subject,
  groups: [group],
  project: 'shop',
  authentication: { mfa: false, methods: ['pwd'], at: NOW - 60_000 },
});

function questionsOn(bundle: PolicyBundle): Question[] {
  const alice = principal('alice', 'engineers');
  const about = 'orders-read';
  const entitlement = bundle.catalogue.find(({ id }) => id === about);
  const target = entitlement && targetOf(entitlement, bundle.targets);
  if (!target) throw new Error(`the sample bundle does not lend ${about}`);
  const parameters = { customer: 'C-42' };
  const scope = ceilingOf(entitlement, target, parameters);
  const grant: PolicyResource = {
    type: 'grant',
    entitlement,
    grant: {
      id: 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
      version: 2,
      request: {
        entitlement: about,
        requester: refOf(alice),
        parameters,
        scope,
        durationSeconds: 600,
        purpose: 'incident',
        justification: 'look at one order',
      },
      scope,
      requestSha256: 'a'.repeat(64),
      decision: { outcome: 'allowed', policies: [], reasons: [], bundleSha256: bundle.sha256 },
      approvals: [],
      extensions: [],
      requestedAt: NOW - 1_000,
      state: { status: 'active', activatedAt: NOW - 1_000, expiresAt: NOW + 599_000 },
      sourceIdentity: `writ-${'a'.repeat(26)}`,
      roleArn: lentRoleArn(entitlement, target),
      salt: '0'.repeat(32),
      narrowings: 0,
      uses: { spent: 0 },
      credentials: { attempts: 0, issued: 0 },
    },
  };
  return [
    { action: 'request', who: alice, about, resource: { type: 'entitlement', entitlement } },
    { action: 'autoApprove', who: alice, about, resource: { type: 'entitlement', entitlement } },
    { action: 'issue', who: alice, about: `a grant of ${about}`, resource: grant },
    { action: 'revoke', who: principal('carol', 'security-admins'), about: `a grant of ${about}`, resource: grant },
    { action: 'audit', who: principal('audrey', 'auditors'), about: 'everything', resource: { type: 'system' } },
  ];
}
