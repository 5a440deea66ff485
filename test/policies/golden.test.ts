import { readFileSync, readdirSync } from 'node:fs';
import { isAuthorized } from '@cedar-policy/cedar-wasm/web';
import { describe, expect, test } from 'vitest';
import { createCedarEngine } from '../../adapters/cedar/engine.ts';
import { cedarRequest } from '../../adapters/cedar/request.ts';
import { loadInstalledWasm } from '../../adapters/cedar/wasm.ts';
import type { PolicyAction } from '../../core/decision.ts';
import type { PolicyContext, PolicyResource } from '../../core/ports.ts';
import type { Grant } from '../../core/grant.ts';
import type { Domain, Principal, PrincipalId } from '../../core/principal.ts';
import { refOf } from '../../core/principal.ts';
import { CONTEXT, NOW, approvalBy, grantOf, person, sampleBundle } from '../adapters/cedar/fixtures.ts';

/** A question to the sample policies and the answer that reviewers agreed on; `policies/tests/*.json`. */
interface Case {
  readonly name: string;
  /** Who, by name in people.json. */
  readonly principal: string;
  /** By default a password, a minute ago. */
  readonly authentication?: { readonly mfa: boolean; readonly ageSeconds?: number; readonly sealed?: true };
  readonly action: PolicyAction;
  readonly resource: { readonly entitlement: string } | { readonly grant: GrantCase } | { readonly system: true };
  readonly context?: Partial<PolicyContext>;
  readonly expected: {
    readonly allowed: boolean;
    readonly policies: readonly string[];
    readonly reasons: readonly string[];
    readonly remediation?: string;
  };
}

interface GrantCase {
  readonly entitlement: string;
  readonly requester: string;
  /** A principal id. */
  readonly subject?: string;
  /** Who decided about it, by name in people.json: in turn agreeing and refusing. */
  readonly approvers?: readonly string[];
  /** Who holds the grants above it, root first, by name in people.json. */
  readonly lenders?: readonly string[];
}

interface Person {
  readonly domain: Domain;
  /** By default the local one of the domain. */
  readonly issuer?: string;
  /** By default the name. */
  readonly subject?: string;
  readonly person?: string;
  readonly groups: readonly string[];
  readonly project: string;
}

const FOLDER = 'policies/tests';
const json = (name: string): unknown => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8'));
const people = json('people.json') as Record<string, Person>;
const files = readdirSync(FOLDER).filter((name) => name !== 'people.json');
const engine = createCedarEngine(sampleBundle, loadInstalledWasm);

const known = (name: string): Principal => {
  const found = people[name];
  if (!found) throw new Error(`people.json has no ${name}`);
  return person(found.subject ?? name, found);
};

function question({ principal, authentication, resource, context }: Case) {
  const who = known(principal);
  const asker = authentication && {
    mfa: authentication.mfa,
    methods: [],
    ...(authentication.ageSeconds !== undefined && { at: NOW - authentication.ageSeconds * 1000 }),
    ...(authentication.sealed && { sealedKey: 'a key' }),
  };
  return {
    principal: asker ? { ...who, authentication: asker } : who,
    resource: resourceOf(resource),
    context: { ...CONTEXT, ...context },
  };
}

function resourceOf(resource: Case['resource']): PolicyResource {
  if ('system' in resource) return { type: 'system' };
  const id = 'grant' in resource ? resource.grant.entitlement : resource.entitlement;
  const entitlement = sampleBundle.catalogue.find((candidate) => candidate.id === id);
  if ('grant' in resource) return { type: 'grant', grant: givenGrant(resource.grant), entitlement };
  if (!entitlement) throw new Error(`the catalogue has no ${id}`);
  return { type: 'entitlement', entitlement };
}

function givenGrant({ requester, entitlement, subject, approvers = [], lenders }: GrantCase): Grant {
  const grant = grantOf(known(requester), entitlement);
  return {
    ...grant,
    request: { ...grant.request, ...(subject !== undefined && { subject: subject as PrincipalId }) },
    ...(lenders && {
      lineage: lenders.map((name) => ({ grantId: `grt_of_${name}`, holder: refOf(known(name)), narrowings: 0 })),
    }),
    approvals: approvers.map((name, index) => approvalBy(known(name), index % 2 === 0 ? 'approve' : 'deny')),
  };
}

const determining = new Set<string>();

describe.each(files)('policies/tests/%s', (file) => {
  test.each(json(file) as Case[])('$name', (given) => {
    const { principal, resource, context } = question(given);

    const { policies, ...verdict } = engine.decide(principal, given.action, resource, context);

    expect({ ...verdict, policies: policies.map(({ id }) => id) }).toEqual(given.expected);
    for (const { id, effect } of policies) {
      expect(effect).toBe(given.expected.allowed ? 'permit' : 'forbid');
      determining.add(id);
    }
    // The engine skips this check at run time: here it holds what is asked against what the schema declares.
    const request = cedarRequest(principal, given.action, resource, context, sampleBundle);
    if (!request) return;
    const { schema, policies: texts } = sampleBundle;
    const strict = { schema, validateRequest: true, policies: { staticPolicies: { ...texts } } };
    expect(isAuthorized({ ...strict, ...request })).toMatchObject({
      type: 'success',
      response: { decision: given.expected.allowed ? 'allow' : 'deny', diagnostics: { errors: [] } },
    });
  });
});

test('every sample policy determines at least one golden case', () => {
  expect([...determining].sort()).toEqual(Object.keys(sampleBundle.policies).sort());
});
