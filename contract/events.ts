import * as z from 'zod';
import { grantIdField, instantField } from './fields.ts';

/**
 * What Writ publishes on its event bus: one event for each audit leaf of these types. The leaf's type with the version
 * of the detail's schema is the `detail-type`. A later version is published beside this one, never instead of it.
 *
 * An event says that something happened, not what: it carries ids only. Whoever acts on one asks the API, which decides
 * what they may see. It comes at least once, now and then late, and not always in order.
 */

/** `source` of every event. */
export const EVENT_SOURCE = 'writ';

/** By leaf type: what happened. Reads and issued credentials are in the audit log alone. */
export const EVENTS = {
  'grant.requested': 'Somebody asked. What policy said to it follows as an event of its own.',
  'grant.denied': 'Policy or an approver said no.',
  'grant.pending': 'People are asked.',
  'grant.scheduled': 'It is allowed, and begins later.',
  'grant.activated': 'It is live.',
  'grant.cancelled': 'It was withdrawn before it was live.',
  'grant.lapsed': 'Nobody decided in time.',
  'grant.returned': 'Its holder gave it back.',
  'grant.revoked': 'It was taken back.',
  'grant.expired': 'Its time is over.',
  'grant.completed': 'Its job is done.',
  'grant.narrowed': 'It lends less than before, or for a shorter time.',
  'grant.redecided': 'The policies changed while it was pending: it is asked anew.',
  'grant.expiring': 'It ends soon.',
  'approval.given': 'One of those who are asked agreed, and others still have to.',
  'approval.withdrawn': 'An approval was taken back in time.',
  'approval.refused': 'Somebody tried to decide who may not, or too late.',
  'approval.reminded': 'Those who are asked are told again.',
  'approval.escalated': 'More people may decide from now on.',
  'extension.pending': 'People are asked for more time.',
  'extension.allowed': 'It ends later than before.',
  'extension.denied': 'It ends as planned.',
  'extension.lapsed': 'Nobody decided about more time: it ends as planned.',
  'consent.withdrawn': 'A subject took a remembered consent back. Grants that rest on it are revoked.',
  'breakglass.key_registered': 'A sealed key can be used from now on.',
  'breakglass.key_removed': 'A sealed key can be used no more.',
  'breakglass.drilled': 'Somebody rehearsed break-glass. Nothing was lent.',
  'breakglass.alarmed': 'A break-glass use is not reviewed yet.',
  'breakglass.reviewed': 'A break-glass use was reviewed.',
  'breakglass.refused': 'A break-glass attempt was refused.',
  'token.reused': 'A refresh token came back that was used before: it and all that came of it were revoked.',
  'keys.rotated': 'Another generation of keys signs delegation tokens from now on.',
  'denials.repeated': 'Five requests of one person were denied within ten minutes. `grant` is the latest of them.',
} as const satisfies Readonly<Record<string, string>>;

export type EventType = keyof typeof EVENTS;
export type EventName = `${EventType}.v1`;

export const eventNameOf = (type: EventType): EventName => `${type}.v1`;

export const isPublished = (type: string): type is EventType => Object.hasOwn(EVENTS, type);

/** `detail` of every event, version 1. No person, no text. */
export const eventDetail = z.strictObject({
  /** Of the audit leaf: the same event has the same id, however often it comes. */
  id: z.string().regex(/^evt_[0-9A-HJKMNP-TV-Z]{26}$/, 'must be an event id'),
  /** Absent where it concerns none. */
  grant: grantIdField.optional(),
  /** Of the grant, after or at the time of what happened; 0 without one. */
  version: z.number().int().min(0),
  type: z.enum(Object.keys(EVENTS) as [EventType]),
  at: instantField,
  /** What policy had said to the request, as it was then; absent where it concerns none. */
  outcome: z.enum(['allowed', 'needs_approval', 'denied']).optional(),
});
export type EventDetail = z.infer<typeof eventDetail>;
