import { MAX_LINEAGE } from '../delegation.ts';
import type { TokenEntitlement } from '../entitlement.ts';
import { WritError } from '../errors.ts';
import type { Grant } from '../grant.ts';
import { approvalsOf } from '../grant.ts';
import type { AuthorizationDetail } from '../oauth/authorizationDetails.ts';
import { detailsCover } from '../oauth/authorizationDetails.ts';
import type { Principal, PrincipalId } from '../principal.ts';
import type { RequestedStatement } from '../scope.ts';
import type { KnownActor } from './knownActor.ts';

/** Grants that are lent on from one: whatever ends it looks at each. */
const MAX_CHILDREN = 200;

/** What a holder lends on: well-formed, otherwise untrusted. What is left out is the parent's. */
export interface LendOnAsk {
  readonly parent: string;
  readonly actor: PrincipalId;
  readonly entitlement: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly scope?: readonly RequestedStatement[];
  readonly details?: readonly AuthorizationDetail[];
  readonly durationSeconds: number;
  readonly maxUses?: number;
  readonly purpose: string;
  readonly justification: string;
}

/** All that the checks look at. */
export interface Lending {
  readonly ask: LendOnAsk;
  /** By this sign-in. */
  readonly holder: Principal;
  readonly parent: Grant;
  /** The grant that people agreed to: the parent, or the first one above it. */
  readonly first: Grant;
  /** How often the parent was lent on already. */
  readonly children: number;
  readonly actor: KnownActor;
  readonly entitlement: TokenEntitlement;
}

/** What is wrong, and what to ask for instead. */
type Refusal = readonly [detail: string, remediation: string];

/** What keeps a grant from being lent on, before policy is asked; told in this order. */
const CHECKS: Readonly<Record<string, (lending: Lending) => Refusal | false>> = {
  anotherEntitlement: ({ ask, parent: { request } }) =>
    ask.entitlement !== request.entitlement && [
      `the grant is of \`${request.entitlement}\``,
      `Ask for \`${request.entitlement}\`.`,
    ],

  otherParameters: ({ ask, parent: { request } }) =>
    Object.entries(ask.parameters).some(([name, value]) => request.parameters[name] !== value) && [
      'the parameters are not those of the grant',
      'Leave `parameters` out.',
    ],

  tooDeep: ({ parent: { lineage = [] }, entitlement: { id, terms } }) =>
    lineage.length >= Math.min(terms.maxDepth, MAX_LINEAGE) && [
      terms.maxDepth === 0 ? `\`${id}\` is not lent on` : `\`${id}\` is lent on ${terms.maxDepth} deep at most`,
      'Let the actor make a request of its own, or have it lent by a holder further up.',
    ],

  /** Nobody is in the chain twice: neither the account nor the human being behind it. */
  inTheChain: ({ parent: { lineage = [], request }, actor: { ref } }) =>
    [...lineage.map(({ holder }) => holder), request.requester].some(
      ({ id, person }) => id === ref.id || person === ref.person,
    ) && ['the actor holds it already, here or further up', 'Name somebody else.'],

  /** Whoever agreed to a grant does not come to hold it by that, from whatever hand. */
  agreedToIt: ({ first, actor: { ref } }) =>
    approvalsOf(first).some(({ by, verdict }) => verdict === 'approve' && by.person === ref.person) && [
      'the actor agreed to the grant, so they may not use it',
      'Name somebody else.',
    ],

  /** The chain of its tokens begins with holders: whoever acts with the holder's sign-in would be missing in it. */
  byAnotherHand: ({ holder: { actors = [] } }) =>
    actors.length > 0 && ['somebody acts with your sign-in', 'Lend it on by a sign-in of yours.'],

  tooOften: ({ children }) =>
    children >= MAX_CHILDREN && [
      `the grant was lent on ${MAX_CHILDREN} times`,
      'Make another request, and lend that one on.',
    ],

  widerDetails: ({ ask: { details }, parent: { request } }) => {
    const lent = request.details ?? [];
    // None at all would be no limit.
    if (!details || (detailsCover(lent, details) && details.length >= Math.min(1, lent.length))) return false;
    const most = lent.length > 0 ? `Ask for no more than: ${JSON.stringify(lent)}.` : 'Leave them out.';
    return ['the authorization details are wider than the grant’s', most];
  },

  moreUses: ({ ask: { maxUses = 0 }, parent: { uses } }) => {
    const left = (uses.max ?? Number.POSITIVE_INFINITY) - uses.spent;
    return maxUses > left && [`the grant has ${left} uses left`, `Ask for at most ${left}.`];
  },
};

/** @throws WritError `cannot_lend_on`, with what to ask for instead */
export function checkLending(lending: Lending): void {
  for (const check of Object.values(CHECKS)) {
    const refusal = check(lending);
    if (refusal) throw cannotLendOn(...refusal);
  }
}

export const cannotLendOn = (detail: string, remediation: string): WritError =>
  new WritError('cannot_lend_on', detail, { remediation });
