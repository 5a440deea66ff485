import { policyToJson, preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/web';
import type { PolicyJson } from '@cedar-policy/cedar-wasm/web';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Relevance } from '../../../adapters/cedar/relevance.ts';
import { relevanceOf } from '../../../adapters/cedar/relevance.ts';
import type { CedarRequest } from '../../../adapters/cedar/request.ts';
import { cedarRequest } from '../../../adapters/cedar/request.ts';
import { loadInstalledWasm, startCedar } from '../../../adapters/cedar/wasm.ts';
import type { Principal } from '../../../core/principal.ts';
import { grantOf, NOW, person, sampleBundle } from './fixtures.ts';
import { contexts, principals, questions } from './questions.ts';

startCedar(loadInstalledWasm);

function parsed(text: string): PolicyJson {
  const answer = policyToJson(text);
  if (answer.type === 'failure') throw new Error(`${text}: ${JSON.stringify(answer.errors)}`);
  return answer.json;
}

/** All that a condition can be made of, also what the sample schema would not allow: it then fails, and must do so alike. */
const CONDITIONS = [
  'true',
  'context.mfa',
  'context has authAgeSeconds',
  'context has authAgeSeconds && context.authAgeSeconds <= 900',
  '!(context.authAgeSeconds > 60)',
  '900 >= context.authAgeSeconds',
  'context.authAgeSeconds == 60 || context.authAgeSeconds != 61',
  'context.authAgeSeconds + 1 < 100',
  '-context.authAgeSeconds < -100',
  'context.hour * 2 - 1 < 19',
  'context.via like "s*"',
  'context.via == 5',
  'context.sealed == context.mfa',
  'context == {"mfa": true}',
  '[context].contains({"mfa": true})',
  'context.sourceIp.isInRange(ip("192.0.2.0/24"))',
  'context.parameters.hasTag("customer") && context.parameters.getTag("customer") == "C-42"',
  'Writ::Parameters::"given".hasTag("customer")',
  'context has grant && context.grant.requester == principal',
  'context.grant.requesterPerson == principal.person',
  'context.grant.approverPersons.isEmpty()',
  'context has grant.requester.person',
  'context.grant == Writ::Grant::"grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8J"',
  'context has grant && context.grant == resource',
  'principal == Writ::Principal::"admin:local-admin:bob"',
  '[Writ::Principal::"support:local-support:bob", principal].contains(resource.requester)',
  'resource has requester && resource.requester == principal',
  'resource has lenders && resource.lenders.contains(principal)',
  'Writ::Grant::"grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H" has requester',
  'principal in Writ::Group::"admin:engineers"',
  'principal in [Writ::Group::"admin:auditors", Writ::Group::"admin:support"]',
  'principal.project == "shop"',
  'principal.missing',
  'principal.domain in resource',
  'resource is Writ::Entitlement && resource.domains.contains(principal.domain)',
  'resource is Writ::Entitlement && resource.domains.containsAny(["support", principal.domain])',
  'resource has owner && principal in resource.owner',
  'resource has approvers && principal in resource.approvers',
  'resource has named && resource.named.containsAll([principal])',
  'resource has entitlement.risk && resource.entitlement.risk == "low"',
  'if context.mfa then resource has kind else context.sealed',
  '{"requester": principal.person}.requester == "alice"',
  '{"left": context.hour, "has": 1}.left < 12',
  '{"mfa": context.sealed}.mfa',
  'action in [Writ::Action::"issue", Writ::Action::"read"]',
  'context.hour * 9223372036854775807 > 1',
  'decimal("1.5").lessThan(decimal("2.0")) && context.mfa',
] as const;

/** Whom and what a policy can be about, besides any. */
const PRINCIPALS = [
  'principal',
  'principal',
  'principal == Writ::Principal::"admin:local-admin:alice"',
  'principal in Writ::Group::"admin:engineers"',
  'principal is Writ::Principal in Writ::Group::"support:support"',
] as const;
const RESOURCES = [
  'resource',
  'resource',
  'resource == Writ::Grant::"grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H"',
  'resource in Writ::Entitlement::"orders-read"',
  'resource is Writ::Grant',
] as const;

const policies = fc.array(
  fc
    .record({
      effect: fc.constantFrom('permit', 'forbid'),
      principal: fc.constantFrom(...PRINCIPALS),
      resource: fc.constantFrom(...RESOURCES),
      condition: fc.constantFrom(...CONDITIONS),
    })
    .map(
      ({ effect, principal, resource, condition }) =>
        `${effect} (${principal}, action, ${resource}) when { ${condition} };`,
    ),
  { minLength: 1, maxLength: 4 },
);
const asked = fc
  .tuple(principals, questions, contexts, fc.constantFrom(0, 3, 12))
  .map(([principal, { action, resource }, context, hours]) =>
    cedarRequest(principal, action, resource, { ...context, now: context.now + hours * 3_600_000 }, sampleBundle),
  );

interface Answer {
  readonly decision: unknown;
  readonly reasons: readonly string[];
  /** Of policies that could not be evaluated. Such an answer is not remembered: it names what it is about. */
  readonly errors: readonly string[];
}

/** All of an answer but the hints that come with errors, which name the attributes that there are. */
function answerTo(question: CedarRequest): Answer {
  const answer = statefulIsAuthorized({ ...question, preparsedPolicySetId: 'tested' });
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join());
  const { decision, diagnostics } = answer.response;
  const errors = diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`);
  return { decision, reasons: diagnostics.reason.sort(), errors: errors.sort() };
}

describe('a question without what no policy looks at', () => {
  it('gets the same answer, and so do all that the policies can not tell apart', () => {
    fc.assert(
      fc.property(policies, fc.array(asked, { minLength: 2, maxLength: 12 }), (texts, questions) => {
        const relevance = relevanceOf(texts.map(parsed));
        if (!relevance) throw new Error(`not told: ${texts.join(' ')}`);
        preparsePolicySet('tested', { staticPolicies: Object.fromEntries(texts.entries()) });
        const known = new Map<string, Answer>();
        for (const question of questions) {
          if (!question) continue;
          const whole = answerTo(question);
          const trimmed = relevance.trimmed(question);
          expect(answerTo(trimmed)).toEqual(whole);
          const key = `${question.action.id} ${relevance.keyOf(trimmed)}`;
          const before = known.get(key) ?? whole;
          expect(before.errors).toHaveLength(whole.errors.length);
          if (whole.errors.length === 0) expect(before).toEqual(whole);
          known.set(key, whole);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('what policies can tell apart', () => {
  const alice = person('alice');
  const entitlement = sampleBundle.catalogue.find(({ id }) => id === 'orders-read');
  const resource = { type: 'grant', grant: grantOf(alice, 'orders-read'), entitlement } as const;
  const issuing = (secondsAgo: number, sourceIp = '192.0.2.7'): CedarRequest => {
    const who = { ...alice, authentication: { mfa: true, methods: [], at: NOW - secondsAgo * 1000 } };
    const question = cedarRequest(who, 'issue', resource, { now: NOW, sourceIp }, sampleBundle);
    if (!question) throw new Error('there is nothing to ask');
    return question;
  };
  const told = (condition: string): Relevance => {
    const relevance = relevanceOf([parsed(`permit (principal, action, resource) when { ${condition} };`)]);
    if (!relevance) throw new Error('not told');
    return relevance;
  };
  const key = (relevance: Relevance, question: CedarRequest): string => relevance.keyOf(relevance.trimmed(question));

  it.each([
    ['context.mfa', 60, 900, true],
    ['context.authAgeSeconds <= 900', 60, 900, false],
    ['context.authAgeSeconds <= 900', 60, 899, true],
    ['context.authAgeSeconds <= 900', 900, 901, false],
    ['context.authAgeSeconds <= 900', 901, 5_000, true],
    ['900 > context.authAgeSeconds && context.authAgeSeconds > 60', 60, 61, false],
    ['context has authAgeSeconds', 60, 901, true],
    ['context.authAgeSeconds + 1 <= 900', 60, 61, false],
    ['context.authAgeSeconds <= 900 && [60].contains(context.authAgeSeconds)', 60, 61, false],
    ['context == {"mfa": true}', 60, 61, false],
  ])('%s: sign-ins of %d and %d seconds ago', (condition, one, other, alike) => {
    const relevance = told(condition);
    expect(key(relevance, issuing(one)) === key(relevance, issuing(other))).toBe(alike);
  });

  it('is an address only where one is looked at', () => {
    const [blind, looks] = [told('context.mfa'), told('context.sourceIp.isLoopback()')];
    for (const [relevance, alike] of [
      [blind, true],
      [looks, false],
    ] as const) {
      expect(key(relevance, issuing(60)) === key(relevance, issuing(60, '192.0.2.8'))).toBe(alike);
    }
  });

  it('is neither the grant nor its parameters where nobody reads them', () => {
    const types = (condition: string): string[] =>
      told(condition)
        .trimmed(issuing(60))
        .entities.map(({ uid }) => ('type' in uid ? uid.type : ''));
    expect(types('context.mfa')).toEqual(['Writ::Principal', 'Writ::Entitlement']);
    expect(types('context.grant has requester')).toEqual(['Writ::Principal', 'Writ::Entitlement', 'Writ::Grant']);
    expect(types('context.parameters.hasTag("customer")')).toContain('Writ::Parameters');
    expect(types('Writ::Parameters::"given".hasTag("customer")')).toContain('Writ::Parameters');
    expect(types('context == {"mfa": true}')).toHaveLength(4);
  });

  describe('of those who ask, and of grants', () => {
    const asks = (
      who: Partial<Principal> & { subject: string },
      id = 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H',
    ): CedarRequest => {
      const asking = person(who.subject, who);
      const grant = { ...grantOf(alice, 'orders-read'), id };
      const question = cedarRequest(
        asking,
        'issue',
        { ...resource, grant },
        { now: NOW, sourceIp: '::1' },
        sampleBundle,
      );
      if (!question) throw new Error('there is nothing to ask');
      return question;
    };
    const OTHER_GRANT = 'grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8J';

    it.each([
      ['context.grant.requester == principal', true],
      ['context.grant == Writ::Grant::"grt_01J9ZK3N8Q4T6V8X0Z2B4D6F8H"', false],
      [`context.grant == Writ::Grant::"${OTHER_GRANT}"`, false],
    ])('%s: two grants of one person', (condition, alike) => {
      const relevance = told(condition);
      const [one, other] = [asks({ subject: 'alice' }), asks({ subject: 'alice' }, OTHER_GRANT)];
      expect(key(relevance, one) === key(relevance, other)).toBe(alike);
    });

    it.each([
      ['context.mfa', true],
      ['principal in Writ::Group::"admin:engineers"', true],
      ['principal == Writ::Principal::"admin:local-admin:bob"', false],
      ['principal.person == "bob"', false],
      ['context.grant.requester == principal', true],
      ['context.grant.requester == Writ::Principal::"admin:local-admin:dave"', true],
    ])('%s: two people, neither of whom the grant is', (condition, alike) => {
      const relevance = told(condition);
      const [one, other] = [asks({ subject: 'bob' }), asks({ subject: 'carol' })];
      expect(key(relevance, one) === key(relevance, other)).toBe(alike);
    });

    it.each([
      ['context.grant.requester == principal', false],
      ['context.mfa', true],
    ])('%s: whoever holds the grant, and somebody else', (condition, alike) => {
      const relevance = told(condition);
      const [own, others] = [asks({ subject: 'alice' }), asks({ subject: 'bob' })];
      expect(key(relevance, own) === key(relevance, others)).toBe(alike);
    });

    it('is a group that the policies name, and not one that they do not', () => {
      const relevance = told('principal in Writ::Group::"admin:engineers"');
      const [engineer, lead, auditor] = ['engineers', 'team-leads', 'auditors'].map((group) =>
        key(relevance, asks({ subject: 'bob', groups: [group] })),
      );
      expect(lead).toBe(auditor);
      expect(engineer).not.toBe(lead);
    });
  });

  it('keeps a policy for one apart, whose scope names it', () => {
    const relevance = relevanceOf([
      parsed('permit (principal == Writ::Principal::"admin:local-admin:bob", action, resource);'),
    ]);
    if (!relevance) throw new Error('not told');
    const keys = ['alice', 'bob', 'carol'].map((subject) => {
      const question = cedarRequest(person(subject), 'issue', resource, { now: NOW, sourceIp: '::1' }, sampleBundle);
      return question && key(relevance, question);
    });
    expect(keys[0]).toBe(keys[2]);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('can not be told of a kind of expression that is not known', () => {
    const policy = parsed('permit (principal, action, resource);');
    for (const body of [
      { newer: { left: { Var: 'context' }, attr: 'mfa' } },
      { has: { left: { Var: 'context' }, attr: 5 } },
      { Slot: '?principal' },
      { '&&': { left: { Value: true } } },
      { Value: true, Var: 'context' },
      {},
    ]) {
      expect(relevanceOf([{ ...policy, conditions: [{ kind: 'when', body: body as never }] }])).toBeUndefined();
    }
  });
});
