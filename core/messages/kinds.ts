import type { Extension } from '../extension.ts';
import type { Status } from '../grant.ts';
import type { LeafType } from '../leaf.ts';
import type { News } from './news.ts';

/** Who is told by e-mail. Channels hear of what they are set up for. */
export type Concerned = 'approvers' | 'requester' | 'subject' | 'security';

export interface Kind {
  readonly concerns: readonly Concerned[];
  /**
   * Whether the grant bears it out. An event may come late, twice, or from somebody who should not send it; what is not
   * so, or no longer worth telling, is told to nobody.
   */
  readonly holds: (news: News) => boolean;
  /** Between the requester’s name and what the grant is for; where `alone`, a sentence of its own. */
  readonly says: string;
  readonly alone?: true;
}

const isAsked = ({ asking }: News): boolean => asking !== undefined;
/** The vote moved it to another stage, whose people are asked from then on. */
const isAskedSince = ({ asking, occurrence }: News): boolean => asking?.stageSince === occurrence.at;
const is =
  (...statuses: readonly Status[]) =>
  ({ grant }: News): boolean =>
    grant !== undefined && statuses.includes(grant.state.status);
const wasLive = ({ grant }: News): boolean => grant !== undefined && 'activatedAt' in grant.state;
const extensionIs =
  (status: Extension['state']['status']) =>
  ({ grant }: News): boolean =>
    grant?.extensions.at(-1)?.state.status === status;
const isReviewed =
  (reviewed: boolean) =>
  ({ grant }: News): boolean =>
    grant?.breakGlass !== undefined && (grant.breakGlass.review !== undefined) === reviewed;
/** Of a key or a try: there is no grant that could bear it out. That the herald alone publishes has to do. */
const always = (): boolean => true;
const hasGrant = ({ grant }: News): boolean => grant !== undefined;

/** What there is to say of each published type. */
const KINDS = {
  'grant.requested': { concerns: [], holds: hasGrant, says: 'made a request' },
  'grant.pending': { concerns: ['approvers'], holds: isAsked, says: 'asks for' },
  'grant.redecided': { concerns: ['approvers'], holds: isAsked, says: 'asks anew, under changed policies, for' },
  'approval.given': { concerns: ['approvers'], holds: isAskedSince, says: 'has the approvals of a stage for' },
  'approval.withdrawn': { concerns: ['approvers'], holds: isAskedSince, says: 'lost an approval for' },
  'approval.refused': { concerns: [], holds: hasGrant, says: 'had a decision refused on' },
  'approval.reminded': { concerns: ['approvers'], holds: isAsked, says: 'still waits for' },
  'approval.escalated': { concerns: ['approvers'], holds: isAsked, says: 'waits too long for' },
  'grant.scheduled': { concerns: ['requester'], holds: is('scheduled'), says: 'will get' },
  'grant.activated': { concerns: ['requester', 'subject', 'security'], holds: wasLive, says: 'got' },
  'grant.denied': { concerns: ['requester'], holds: is('denied'), says: 'was denied' },
  'grant.cancelled': { concerns: ['requester'], holds: is('cancelled'), says: 'no longer asks for' },
  'grant.lapsed': { concerns: ['requester'], holds: is('lapsed'), says: 'got no answer for' },
  'grant.returned': { concerns: ['subject'], holds: is('returned'), says: 'gave back' },
  'grant.revoked': { concerns: ['requester', 'subject'], holds: is('revoked'), says: 'no longer has (revoked)' },
  'grant.expired': { concerns: ['requester', 'subject'], holds: is('expired'), says: 'no longer has (expired)' },
  'grant.completed': { concerns: ['requester', 'subject'], holds: is('completed'), says: 'is done with' },
  'grant.narrowed': { concerns: ['requester'], holds: is('active'), says: 'has less than before of' },
  'grant.expiring': { concerns: ['requester'], holds: is('active'), says: 'soon no longer has' },
  'extension.pending': { concerns: ['approvers'], holds: isAsked, says: 'asks for more time with' },
  'extension.allowed': { concerns: ['requester'], holds: extensionIs('allowed'), says: 'got more time with' },
  'extension.denied': { concerns: ['requester'], holds: extensionIs('denied'), says: 'got no more time with' },
  'extension.lapsed': {
    concerns: ['requester'],
    holds: extensionIs('lapsed'),
    says: 'got no answer on more time with',
  },
  'consent.withdrawn': { concerns: [], holds: hasGrant, says: 'lost a consent for' },
  'breakglass.key_registered': {
    concerns: ['security'],
    holds: always,
    says: 'A sealed key was registered',
    alone: true,
  },
  'breakglass.key_removed': { concerns: ['security'], holds: always, says: 'A sealed key was removed', alone: true },
  'breakglass.drilled': { concerns: ['security'], holds: always, says: 'Break-glass was rehearsed', alone: true },
  'breakglass.alarmed': {
    concerns: ['security'],
    holds: isReviewed(false),
    says: 'BROKE GLASS, not reviewed yet, with',
  },
  'breakglass.reviewed': {
    concerns: ['security'],
    holds: isReviewed(true),
    says: 'had a break-glass use reviewed, with',
  },
  'breakglass.refused': {
    concerns: ['security'],
    holds: always,
    says: 'A break-glass attempt was refused',
    alone: true,
  },
  'token.reused': {
    concerns: ['security'],
    holds: hasGrant,
    says: 'had a refresh token used twice, as a thief would, for',
  },
  'keys.rotated': {
    concerns: ['security'],
    holds: always,
    says: 'The keys that sign tokens were rotated',
    alone: true,
  },
  'denials.repeated': {
    concerns: ['security'],
    holds: is('denied'),
    says: 'was denied five times within ten minutes, last',
  },
} as const satisfies Partial<Record<LeafType, Kind>>;

/** Undefined for types that nobody is told of. */
export const kindOf = (type: LeafType): Kind | undefined =>
  Object.hasOwn(KINDS, type) ? KINDS[type as keyof typeof KINDS] : undefined;

/** The types that this knows how to tell of. */
export const TOLD_TYPES = Object.keys(KINDS) as readonly LeafType[];
