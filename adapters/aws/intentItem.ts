import type { Intent, IntentState } from '../../core/session.ts';
import type { Decoder } from './decode.ts';
import { oneOf } from './decode.ts';
import type { Item } from './item.ts';
import { reading, text, ttlAfter, whole } from './item.ts';
import { ITEM_TYPE, KEEP_SECONDS } from './tables.ts';

/** The intent item, under its grant. While open it stands in the sparse index `due` by the time it was made. */

export const intentKey = ({ grantId, id }: Pick<Intent, 'grantId' | 'id'>): Item => ({
  pk: text(`GRANT#${grantId}`),
  sk: text(`INTENT#${id}`),
});

export const toIntentItem = (intent: Intent): Item => ({
  ...intentKey(intent),
  type: text(ITEM_TYPE.intent),
  id: text(intent.id),
  grantId: text(intent.grantId),
  version: whole(intent.version),
  kind: text(intent.kind),
  roleArn: text(intent.roleArn),
  createdAt: whole(intent.createdAt),
  latestExpiry: whole(intent.latestExpiry),
  intentState: text(intent.state),
  ...(intent.state === 'open' && { dueKind: text(ITEM_TYPE.intent), dueAt: whole(intent.createdAt) }),
  ttl: ttlAfter(intent.latestExpiry, KEEP_SECONDS.intent),
});

const kind: Decoder<Intent['kind']> = oneOf('api', 'console');
const state: Decoder<IntentState> = oneOf('open', 'issued', 'failed', 'discarded', 'unknown');

/** Reads the whole item as well as what the index `due` has of it. @throws MalformedItem */
export function fromIntentItem(item: Item): Intent {
  return reading('intent', item, (read) => {
    read.oneOf('type', oneOf(ITEM_TYPE.intent));
    return {
      id: read.text('id'),
      grantId: read.text('grantId'),
      version: read.number('version'),
      kind: read.oneOf('kind', kind),
      roleArn: read.text('roleArn'),
      createdAt: read.number('createdAt'),
      latestExpiry: read.number('latestExpiry'),
      state: read.oneOf('intentState', state),
    };
  });
}
