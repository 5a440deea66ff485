/**
 * Stream records, as a Lambda function gets them.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html, and for time to live
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
 */
import { createHash } from 'node:crypto';
import { equal, itemSize } from './attribute-value.ts';
import type { Item } from './attribute-value.ts';
import type { ItemChange, Moment } from './change.ts';
import { keyAttributes, streamArn } from './table.ts';
import type { StreamViewType } from './table.ts';

export interface UserIdentity {
  readonly type: 'Service';
  readonly principalId: 'dynamodb.amazonaws.com';
}

export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: {
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: StreamViewType;
  };
  readonly eventSourceARN: string;
  readonly userIdentity?: UserIdentity;
}

const SHOWS_NEW: readonly StreamViewType[] = ['NEW_IMAGE', 'NEW_AND_OLD_IMAGES'];
const SHOWS_OLD: readonly StreamViewType[] = ['OLD_IMAGE', 'NEW_AND_OLD_IMAGES'];

/** The record of a change; none for a table without a stream, or where the item stays as it was. */
export function streamRecord(change: ItemChange, moment: Moment): StreamRecord | undefined {
  const { table, before, after, userIdentity } = change;
  const eventSourceARN = streamArn(table);
  const item = after ?? before;
  if (!table.stream || eventSourceARN === undefined || !item) return undefined;
  if (before && after && equal({ M: before }, { M: after })) return undefined;
  const { viewType } = table.stream;
  const names = new Set(keyAttributes(table).map((key) => key.name));
  const Keys = Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
  const images = {
    ...(after && SHOWS_NEW.includes(viewType) && { NewImage: after }),
    ...(before && SHOWS_OLD.includes(viewType) && { OldImage: before }),
  };
  const SequenceNumber = moment.nextSequence();
  return {
    eventID: createHash('md5').update(eventSourceARN).update(SequenceNumber).digest('hex'),
    eventName: after ? (before ? 'MODIFY' : 'INSERT') : 'REMOVE',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: table.region,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(moment.now / 1000),
      Keys,
      ...images,
      SequenceNumber,
      SizeBytes: [Keys, ...Object.values(images)].reduce((sum, image) => sum + itemSize(image), 0),
      StreamViewType: viewType,
    },
    eventSourceARN,
    ...(userIdentity && { userIdentity }),
  };
}
