import type { Grant } from '../../core/grant.ts';
import type { Leaf } from '../../core/leaf.ts';

/** Where things stand in their lists, as text whose order is the list's. Both stores list by it. */

/** By time of request, then id. */
export const grantPosition = (grant: Pick<Grant, 'id' | 'requestedAt'>): string =>
  `${padded(grant.requestedAt, 15)}#${grant.id}`;

export const GRANT_POSITION = /^\d{15}#(grt_[0-9A-Z]{26})$/;

/**
 * By version; what made a version before what happened under it; events by id. One transition leaf per version: there
 * is no room for a second.
 */
export const leafPosition = (leaf: Pick<Leaf, 'version' | 'role' | 'id'>): string =>
  leaf.role === 'transition' ? `${padded(leaf.version, 12)}#0` : `${padded(leaf.version, 12)}#1#${leaf.id}`;

export const LEAF_POSITION = /^\d{12}#(0|1#evt_[0-9A-Z]{26})$/;

/** Of activities: by the id of their leaf, and so by when they were told. */
export const ACTIVITY_POSITION = /^evt_[0-9A-Z]{26}$/;

/** By id; the stream and the place in it say which leaf it is. */
export const dayPosition = (leaf: Pick<Leaf, 'stream' | 'version' | 'role' | 'id'>): string =>
  `${leaf.id}|${leaf.stream}|${leafPosition(leaf)}`;

export const DAY_POSITION = /^(evt_[0-9A-Z]{26})\|(grt_[0-9A-Z]{26}|audit)\|(\d{12}#(?:0|1#evt_[0-9A-Z]{26}))$/;

/** The UTC day of a leaf, `YYYY-MM-DD`. */
export const dayOf = (leaf: Pick<Leaf, 'at'>): string => new Date(leaf.at).toISOString().slice(0, 10);

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');
