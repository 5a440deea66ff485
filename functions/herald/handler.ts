import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { AttributeValue } from 'aws-lambda';
import type { Item } from '../../adapters/aws/item.ts';
import { fromLeafItem } from '../../adapters/aws/leafItem.ts';
import { sha256 } from '../../adapters/aws/sha256.ts';
import { SENDING_CLIENT } from '../../adapters/aws/clientOptions.ts';
import { createEventBus } from '../../adapters/notify/eventBus.ts';
import { dynamo, ids, setting, stores } from '../shared/compose.ts';
import { ENV } from '../shared/env.ts';
import { createLog } from '../shared/log.ts';
import { createHandler } from './app.ts';

export const handler = createHandler({
  ids,
  sha256,
  ...stores(dynamo()),
  putEvents: createEventBus({ client: new EventBridgeClient(SENDING_CLIENT), busName: setting(ENV.eventBus) }),
  leafOf: (image: Readonly<Record<string, AttributeValue>>) => fromLeafItem(image as Item), // the same wire form
  log: createLog('herald'),
});
