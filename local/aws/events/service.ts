/**
 * The local Amazon EventBridge: `PutEvents`. Buses and rules come from the templates.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isObject } from '../../runtime/json.ts';
import type { Json, JsonObject } from '../../runtime/json.ts';
import { operationsWith } from '../operation.ts';
import { AwsError } from '../service.ts';
import type { Access, Call, Service } from '../service.ts';
import { busArn } from './buses.ts';
import type { Bus, EventBuses } from './buses.ts';

const operation = operationsWith('ValidationException');

const ENTRY = z.strictObject({
  /** Epoch seconds. */
  Time: z.number().optional(),
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  Resources: z.array(z.string()).default([]),
  EventBusName: z.string().min(1).max(1_600).default('default'),
  TraceHeader: z.string().max(500).optional(),
});
type Entry = z.output<typeof ENTRY>;

/** Global endpoints (`EndpointId`) are not built, so no call may name one. */
const PUT_EVENTS = z.strictObject({ Entries: z.array(ENTRY).min(1).max(10) });

/** Of all entries of a call together. */
const MAX_BYTES = 256 * 1_024;
const TIME_BYTES = 14;

export function createEvents(buses: EventBuses): Service {
  const busOf = ({ EventBusName: name }: Entry, { caller: { accountId }, region }: Call): Bus => {
    const bus = buses.byArn(name.startsWith('arn:') ? name : busArn({ accountId, region, name }));
    if (bus) return bus;
    // AWS drops such events without a word. A laptop says so, because nobody wants that.
    throw new AwsError('ResourceNotFoundException', `Event bus ${name} does not exist.`);
  };

  return {
    signingName: 'events',
    protocol: 'json-1.1',
    namespace: 'AWSEvents',
    operations: {
      PutEvents: operation(PUT_EVENTS, {
        access: ({ Entries }, call) => Entries.map((entry) => accessTo(busOf(entry, call), entry)),
        async handle({ Entries }, call) {
          if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > MAX_BYTES) {
            const message = 'Total size of the entries in the request is over the limit.';
            throw new AwsError('ValidationException', message);
          }
          const results = Entries.map((entry) => eventOf(entry, busOf(entry, call), call));
          await buses.accept(results.flatMap((result) => ('event' in result ? [result] : [])));
          const failed = results.filter((result) => 'ErrorCode' in result);
          return {
            FailedEntryCount: failed.length,
            Entries: results.map((result) => ('event' in result ? { EventId: result.event['id'] } : result)),
          };
        },
      }),
    },
  };
}

function accessTo(bus: Bus, { Source, DetailType }: Entry): Access {
  const statements = [...bus.statements.values()];
  return {
    action: 'events:PutEvents',
    resource: bus.arn,
    context: {
      ...(Source === undefined ? {} : { 'events:source': Source }),
      ...(DetailType === undefined ? {} : { 'events:detail-type': DetailType }),
      'events:eventBusInvocation': 'false',
    },
    ...(statements.length === 0
      ? {}
      : { resourcePolicy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }),
  };
}

/** As AWS counts an entry. */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return (Time === undefined ? 0 : TIME_BYTES) + texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

interface Refusal {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

function eventOf(
  entry: Entry,
  bus: Bus,
  call: Call,
): Refusal | { readonly busArn: string; readonly event: JsonObject } {
  const { Source, DetailType, Detail } = entry;
  if (Source === undefined || Source === '') return missing('Source');
  if (DetailType === undefined || DetailType === '') return missing('DetailType');
  if (Detail === undefined || Detail === '') return missing('Detail');
  if (Source.startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  const detail = parsed(Detail);
  if (!isObject(detail)) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const time = entry.Time === undefined ? call.now : entry.Time * 1_000;
  const event = {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: call.caller.accountId,
    time: new Date(time).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: bus.region,
    resources: entry.Resources,
    detail,
  };
  return { busArn: bus.arn, event };
}

function missing(name: string): Refusal {
  const message = `Parameter ${name} is not valid. Reason: ${name} is a required argument.`;
  return { ErrorCode: 'InvalidArgument', ErrorMessage: message };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
