import type { AttributeValue, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { OutgoingEvent, PutEvents } from '../../adapters/notify/eventBus.ts';
import { MAX_ENTRIES } from '../../adapters/notify/eventBus.ts';
import type { EventDetail } from '../../contract/events.ts';
import { EVENT_SOURCE, eventDetail, eventNameOf, isPublished } from '../../contract/events.ts';
import type { Leaf } from '../../core/leaf.ts';
import type { Log } from '../shared/log.ts';
import type { DenialDeps } from './denials.ts';
import { noteDenial } from './denials.ts';

export interface HeraldDeps extends DenialDeps {
  readonly putEvents: PutEvents;
  /** The leaf of a new item of the audit table. @throws for an item that is none */
  readonly leafOf: (image: Readonly<Record<string, AttributeValue>>) => Leaf;
  readonly log: Log;
}

interface Heard {
  readonly sequence: string;
  readonly leaf: Leaf;
}

/**
 * Publishes new audit leaves as events, in the order of the stream, and counts denials. On a failure it says where to
 * resume: nothing is skipped, and what had been published behind it is published again, under the same id.
 */
export function createHandler(deps: HeraldDeps) {
  return async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const records = event.Records.filter(({ eventName }) => eventName === 'INSERT');
    let published = 0;
    for (let from = 0; from < records.length; from += MAX_ENTRIES) {
      const outcome = await publish(deps, records.slice(from, from + MAX_ENTRIES));
      published += outcome.published;
      if (outcome.resumeAt !== undefined) {
        deps.log.worked('published', { count: published, resumeAt: outcome.resumeAt });
        return { batchItemFailures: [{ itemIdentifier: outcome.resumeAt }] };
      }
    }
    deps.log.worked('published', { count: published });
    return { batchItemFailures: [] };
  };
}

interface Outcome {
  readonly published: number;
  /** Sequence number of the first record that must come again. */
  readonly resumeAt?: string;
}

async function publish(deps: HeraldDeps, records: readonly DynamoDBRecord[]): Promise<Outcome> {
  const heard: Heard[] = [];
  let resumeAt: string | undefined;
  for (const record of records) {
    const sequence = record.dynamodb?.SequenceNumber ?? '';
    try {
      const leaf = deps.leafOf(record.dynamodb?.NewImage ?? {});
      if (leaf.type === 'grant.denied') await noteDenial(deps, leaf);
      if (isPublished(leaf.type)) heard.push({ sequence, leaf });
    } catch (error) {
      deps.log.failed(error, sequence);
      resumeAt = sequence; // what came before is published all the same
      break;
    }
  }
  const failed = await firstFailed(deps, heard);
  if (failed !== undefined) return { published: failed, resumeAt: heard[failed]?.sequence ?? '' };
  return { published: heard.length, ...(resumeAt !== undefined && { resumeAt }) };
}

async function firstFailed(deps: HeraldDeps, heard: readonly Heard[]): Promise<number | undefined> {
  if (heard.length === 0) return undefined;
  try {
    return await deps.putEvents(heard.map(({ leaf }) => eventOf(leaf)));
  } catch (error) {
    deps.log.failed(error, heard[0]?.sequence ?? '');
    return 0;
  }
}

/** Checked against the published schema: whatever else a leaf holds stays in it. */
function eventOf(leaf: Leaf): OutgoingEvent {
  const grant = [leaf.stream, leaf.facts['grant']].find((id) => typeof id === 'string' && id.startsWith('grt_'));
  const detail: EventDetail = eventDetail.parse({
    id: leaf.id,
    ...(grant !== undefined && { grant }),
    version: leaf.version,
    type: leaf.type,
    at: new Date(leaf.at).toISOString(),
    ...(leaf.decision && { outcome: leaf.decision.outcome }),
  });
  return { source: EVENT_SOURCE, name: eventNameOf(detail.type), at: leaf.at, detail };
}
