import { expect, it } from 'vitest';
import type { TokenEntitlement } from '../../../core/entitlement.ts';
import { WritError } from '../../../core/errors.ts';
import type { PrincipalId } from '../../../core/principal.ts';
import type { Lending } from '../../../core/usecases/lendOnChecks.ts';
import { checkLending } from '../../../core/usecases/lendOnChecks.ts';
import { approvalOf, requester } from '../../adapters/samples.ts';
import { childOf, tokenGrant } from '../../adapters/tokenStore/samples.ts';
import { ALICE, ORDERS } from './world.ts';

const { target: _, console: __, ...common } = ORDERS;
const entitlement: TokenEntitlement = {
  ...common,
  kind: 'token',
  terms: { lifetimeSeconds: 300, refresh: false, bearer: false, maxDepth: 2, bind: [] },
  authorizationDetails: [],
};

const base = tokenGrant();
const details = [{ type: 'report', identifier: 'C-42', actions: ['read'] }];
const parent = { ...base, request: { ...base.request, details }, uses: { spent: 1, max: 3 } };
const agent = requester('agent');
const good: Lending = {
  ask: {
    parent: parent.id,
    actor: agent.id,
    entitlement: parent.request.entitlement,
    parameters: {},
    durationSeconds: 60,
    purpose: 'report',
    justification: 'monthly',
  },
  holder: ALICE.principal,
  parent,
  first: parent,
  children: 0,
  actor: { ref: agent, principal: { ...ALICE.principal, id: agent.id, person: agent.person } },
  entitlement,
};
const asked = (over: Partial<Lending['ask']>): Partial<Lending> => ({ ask: { ...good.ask, ...over } });
const to = (ref: Lending['actor']['ref']): Partial<Lending> => ({ actor: { ...good.actor, ref } });
const deep = childOf(tokenGrant(), parent);

function refusal(over: Partial<Lending>): string {
  try {
    checkLending({ ...good, ...over });
  } catch (error) {
    if (error instanceof WritError) return `${error.code}: ${error.message}. ${error.remediation ?? ''}`;
    throw error;
  }
  return 'none';
}

it.each<[string, Partial<Lending>, RegExp | 'none']>([
  ['as it is', {}, 'none'],
  ['less of it', asked({ details, maxUses: 2 }), 'none'],
  ['another entitlement', asked({ entitlement: 'other' }), /the grant is of .*Ask for/],
  ['other parameters', asked({ parameters: { customer: 'other' } }), /parameters are not those/],
  ['too deep', { parent: deep, first: deep }, /lent on 2 deep at most/],
  [
    'what is not lent on',
    { entitlement: { ...entitlement, terms: { ...entitlement.terms, maxDepth: 0 } } },
    /is not lent on\. Let the actor/,
  ],
  ['to the holder', to(parent.request.requester), /holds it already/],
  [
    'to the holder’s other account',
    to({ ...parent.request.requester, id: 'admin:test:second' as PrincipalId }),
    /holds it already/,
  ],
  [
    'to who agreed to it, further up',
    { first: { ...parent, approvals: [approvalOf(parent, { by: agent, verdict: 'approve' })] } },
    /agreed to the grant/,
  ],
  [
    'to who said no to it',
    { first: { ...parent, approvals: [approvalOf(parent, { by: agent, verdict: 'deny' })] } },
    'none',
  ],
  ['by another’s hand', { holder: { ...good.holder, actors: [agent] } }, /acts with your sign-in/],
  ['a 200th time', { children: 199 }, 'none'],
  ['once more', { children: 200 }, /lent on 200 times/],
  ['wider details', asked({ details: [{ type: 'report', identifier: 'C-43' }] }), /wider .*Ask for no more than: \[/],
  ['no details where the grant has some', asked({ details: [] }), /wider/],
  [
    'details where the grant has none',
    { ...asked({ details }), parent: { ...parent, request: base.request } },
    /wider .*Leave them out/,
  ],
  ['more uses than are left', asked({ maxUses: 3 }), /2 uses left\. Ask for at most 2/],
])('lending on %s', (_name, over, expected) => {
  if (expected === 'none') expect(refusal(over)).toBe('none');
  else expect(refusal(over)).toMatch(new RegExp(`^cannot_lend_on: .*${expected.source}`));
});
