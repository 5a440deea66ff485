import type { PolicyBundle } from '../bundle.ts';
import type { Approver } from '../chain.ts';
import type { Entitlement, Risk } from '../entitlement.ts';
import type { Grant } from '../grant.ts';
import type { LeafType } from '../leaf.ts';
import type { PrincipalId } from '../principal.ts';
import { approversOf } from '../tally.ts';
import { settle } from '../transitions.ts';
import { entitlementOf, openQuestion, panelFor } from '../usecases/panel.ts';

/** Something happened, as the event says: only what is looked up by it is believed. */
export interface Occurrence {
  /** Of the audit leaf. */
  readonly id: string;
  readonly type: LeafType;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** What people are asked about the grant now. */
export interface Asking {
  readonly about: 'request' | 'extension';
  readonly requestSha256: string;
  readonly stageSince: number;
  readonly lapsesAt: number;
  readonly approvers: readonly Approver[];
}

/** An occurrence with the grant as it is now: what messages are made of. */
export interface News {
  readonly occurrence: Occurrence;
  readonly grant?: Grant;
  readonly entitlement?: Entitlement;
  readonly asking?: Asking;
}

/**
 * Looks at the grant again, as it is at `now` under the bundle in force.
 *
 * @param grant as stored; undefined where the occurrence concerns none
 */
export function newsOf(bundle: PolicyBundle, occurrence: Occurrence, grant: Grant | undefined, now: number): News {
  if (!grant) return { occurrence };
  const settled = settle(grant, now);
  const entitlement = entitlementOf(bundle, grant.request.entitlement);
  const asking = askingOf(bundle, settled, now);
  return { occurrence, grant: settled, ...(entitlement && { entitlement }), ...(asking && { asking }) };
}

function askingOf(bundle: PolicyBundle, grant: Grant, now: number): Asking | undefined {
  const question = openQuestion(grant);
  const panel = question && panelFor(bundle, grant);
  if (!panel) return undefined;
  const { about, requestSha256, stageSince, lapsesAt } = question;
  return { about, requestSha256, stageSince, lapsesAt, approvers: approversOf(panel, question, now) };
}

/** What to call somebody: the name that the directory has, or else the last part of their id. */
export function nameOf({ directory }: Pick<PolicyBundle, 'directory'>, id: PrincipalId): string {
  const listed = directory.people.find((person) => person.id === id);
  return listed?.name ?? id.slice(id.indexOf(':', id.indexOf(':') + 1) + 1);
}

/** An entitlement that left the catalogue is not decided by a click. */
export const riskOf = ({ entitlement }: Pick<News, 'entitlement'>): Risk => entitlement?.risk ?? 'critical';

/** A link in a message: it shows how to look and decide, and does nothing. */
export const linkTo = (publicUrl: string, { grant }: Pick<News, 'grant'>): string | undefined =>
  grant && `${publicUrl}/requests/${grant.id}`;

/** A break-glass grant began: an alarm, though its type is that of any grant that begins. */
export const isGlassBroken = ({ occurrence, grant }: Pick<News, 'occurrence' | 'grant'>): boolean =>
  occurrence.type === 'grant.activated' && grant?.breakGlass !== undefined;
