import { questionPlace } from '../../core/approvalPorts.ts';
import type { Grant } from '../../core/grant.ts';
import { bucketOf, dueAt, isTerminal } from '../../core/grant.ts';
import { openQuestion } from '../../core/usecases/panel.ts';
import { grantPosition } from '../listing/position.ts';
import { approvals, breakGlassUse, extensions } from './approvalDocuments.ts';
import { Misshapen, oneOf } from './decode.ts';
import { decision, grantRequest, grantState, lineage, scope } from './grantDocuments.ts';
import type { Item } from './item.ts';
import { json, reading, text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/**
 * The grant item. What was asked for is written once; all that a transition may change is written with each; the
 * counters `intents` (attempts), `issued`, `lastIssuedAt` and `spent` (uses of its tokens) are attributes of their own,
 * so that issuing and spending rewrite no document and a transition loses no count.
 */

export const grantKey = (id: string): Item => ({ pk: text(`GRANT#${id}`), sk: text('GRANT') });

/** The attributes that a transition sets or, where the grant lacks them from then on, removes. */
export const MOVING_ATTRIBUTES = [
  'version',
  'status',
  'state',
  'bucket',
  'dueKind',
  'dueAt',
  'ttl',
  'question',
  'scope',
  'sourceIdentity',
  'narrowings',
  'narrowedAt',
  'approvals',
  'extensions',
  'decision',
  'requestSha256',
  'breakGlass',
] as const;

export function movingOf(grant: Grant): Partial<Record<(typeof MOVING_ATTRIBUTES)[number], Item[string]>> {
  const due = dueAt(grant);
  const question = openQuestion(grant);
  return {
    version: whole(grant.version),
    status: text(grant.state.status),
    state: json(grant.state),
    bucket: text(bucketOf(grant.state.status)),
    ...(due !== undefined && { dueKind: text(ITEM_TYPE.grant), dueAt: whole(due) }),
    ...('endedAt' in grant.state && { ttl: ttlAfter(grant.state.endedAt, KEEP_SECONDS.grant) }),
    ...(question && { question: text(questionPlace(grant.request.entitlement, question.stage)) }),
    scope: json(grant.scope),
    sourceIdentity: text(grant.sourceIdentity),
    narrowings: whole(grant.narrowings),
    ...(grant.narrowedAt !== undefined && { narrowedAt: whole(grant.narrowedAt) }),
    approvals: json(grant.approvals),
    extensions: json(grant.extensions),
    decision: json(grant.decision),
    requestSha256: text(grant.requestSha256),
    ...(grant.breakGlass && { breakGlass: json(grant.breakGlass) }),
  };
}

export const toGrantItem = (grant: Grant): Item => ({
  ...grantKey(grant.id),
  type: text(ITEM_TYPE.grant),
  id: text(grant.id),
  requesterId: text(grant.request.requester.id),
  ...(grant.request.subject !== undefined && { subjectId: text(grant.request.subject) }),
  position: text(grantPosition(grant)),
  request: json(grant.request),
  requestedAt: whole(grant.requestedAt),
  ...(grant.roleArn !== undefined && { roleArn: text(grant.roleArn) }),
  ...(grant.lineage && { lineage: json(grant.lineage) }),
  salt: text(grant.salt),
  intents: whole(grant.credentials.attempts),
  issued: whole(grant.credentials.issued),
  ...(grant.credentials.lastIssuedAt !== undefined && { lastIssuedAt: whole(grant.credentials.lastIssuedAt) }),
  spent: whole(grant.uses.spent),
  ...(grant.uses.max !== undefined && { maxUses: whole(grant.uses.max) }),
  ...movingOf(grant),
});

/** @throws MalformedItem */
export function fromGrantItem(item: Item): Grant {
  return reading('grant', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.grant));
    const roleArn = read.optionalText('roleArn');
    const breakGlass = read.optionalJson('breakGlass', breakGlassUse);
    const chain = read.optionalJson('lineage', lineage);
    const max = read.optionalNumber('maxUses');
    const narrowedAt = read.optionalNumber('narrowedAt');
    const lastIssuedAt = read.optionalNumber('lastIssuedAt');
    const grant: Grant = {
      id: read.text('id'),
      version: read.number('version'),
      request: read.json('request', grantRequest),
      scope: read.json('scope', scope),
      requestSha256: read.text('requestSha256'),
      decision: read.json('decision', decision),
      approvals: read.json('approvals', approvals),
      extensions: read.json('extensions', extensions),
      requestedAt: read.number('requestedAt'),
      state: read.json('state', grantState),
      sourceIdentity: read.text('sourceIdentity'),
      ...(roleArn !== undefined && { roleArn }),
      narrowings: read.number('narrowings'),
      ...(narrowedAt !== undefined && { narrowedAt }),
      ...(chain && { lineage: chain }),
      uses: { spent: read.number('spent'), ...(max !== undefined && { max }) },
      ...(breakGlass && { breakGlass }),
      salt: read.text('salt'),
      credentials: {
        attempts: read.number('intents'),
        issued: read.number('issued'),
        ...(lastIssuedAt !== undefined && { lastIssuedAt }),
      },
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
