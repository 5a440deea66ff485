import type { Grant } from '../../core/grant.ts';
import { bucketOf, dueAt, isTerminal } from '../../core/grant.ts';
import { grantPosition } from '../listing/position.ts';
import { Misshapen, oneOf } from './decode.ts';
import { decision, grantRequest, grantState } from './grantDocuments.ts';
import type { Item } from './item.ts';
import { json, reading, text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/**
 * The grant item. What was asked for is written once; the state's attributes change with each transition; the counters
 * `intents`, `issued` and `lastIssuedAt` are attributes of their own, so that issuing rewrites no document and a
 * transition loses no count.
 */

export const grantKey = (id: string): Item => ({ pk: text(`GRANT#${id}`), sk: text('GRANT') });

/** The attributes that a transition sets or, where the new state lacks them, removes. */
export const STATE_ATTRIBUTES = ['version', 'status', 'state', 'bucket', 'dueKind', 'dueAt', 'ttl'] as const;

export function stateOf(grant: Grant): Partial<Record<(typeof STATE_ATTRIBUTES)[number], Item[string]>> {
  const due = dueAt(grant.state);
  return {
    version: whole(grant.version),
    status: text(grant.state.status),
    state: json(grant.state),
    bucket: text(bucketOf(grant.state.status)),
    ...(due !== undefined && { dueKind: text(ITEM_TYPE.grant), dueAt: whole(due) }),
    ...('endedAt' in grant.state && { ttl: ttlAfter(grant.state.endedAt, KEEP_SECONDS.grant) }),
  };
}

export const toGrantItem = (grant: Grant): Item => ({
  ...grantKey(grant.id),
  type: text(ITEM_TYPE.grant),
  id: text(grant.id),
  requesterId: text(grant.request.requester.id),
  position: text(grantPosition(grant)),
  request: json(grant.request),
  requestSha256: text(grant.requestSha256),
  decision: json(grant.decision),
  requestedAt: whole(grant.requestedAt),
  sourceIdentity: text(grant.sourceIdentity),
  roleArn: text(grant.roleArn),
  salt: text(grant.salt),
  intents: whole(grant.credentials.issued),
  issued: whole(grant.credentials.issued),
  ...(grant.credentials.lastIssuedAt !== undefined && { lastIssuedAt: whole(grant.credentials.lastIssuedAt) }),
  ...stateOf(grant),
});

/** @throws MalformedItem */
export function fromGrantItem(item: Item): Grant {
  return reading('grant', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.grant));
    const lastIssuedAt = read.optionalNumber('lastIssuedAt');
    const grant: Grant = {
      id: read.text('id'),
      version: read.number('version'),
      request: read.json('request', grantRequest),
      requestSha256: read.text('requestSha256'),
      decision: read.json('decision', decision),
      requestedAt: read.number('requestedAt'),
      state: read.json('state', grantState),
      sourceIdentity: read.text('sourceIdentity'),
      roleArn: read.text('roleArn'),
      salt: read.text('salt'),
      credentials: { issued: read.number('issued'), ...(lastIssuedAt !== undefined && { lastIssuedAt }) },
    };
    // Conditions of writes look at `status`, people at `state`: they must say the same.
    if (read.text('status') !== grant.state.status) throw new Misshapen('`status`', 'that of `state`');
    if (read.text('pk') !== grantKey(grant.id)['pk']?.S) throw new Misshapen('`pk`', 'that of `id`');
    if (isTerminal(grant.state.status) !== (read.optionalNumber('ttl') !== undefined)) {
      throw new Misshapen('`ttl`', 'there exactly when the grant is over');
    }
    return grant;
  });
}
