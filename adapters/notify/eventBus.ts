import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';

/** EventBridge takes so many entries a call. */
export const MAX_ENTRIES = 10;

export interface OutgoingEvent {
  readonly source: string;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly detail: object;
}

/** Puts at most ten events. Answers the index of the first that was not taken; undefined when all were. */
export type PutEvents = (events: readonly OutgoingEvent[]) => Promise<number | undefined>;

export const createEventBus =
  ({ client, busName }: { readonly client: EventBridgeClient; readonly busName: string }): PutEvents =>
  async (events) => {
    const { Entries = [], FailedEntryCount } = await client.send(
      new PutEventsCommand({
        Entries: events.map(({ source, name, at, detail }) => ({
          EventBusName: busName,
          Source: source,
          DetailType: name,
          Time: new Date(at),
          Detail: JSON.stringify(detail),
        })),
      }),
    );
    const failed = Entries.findIndex(({ EventId }) => EventId === undefined);
    if (failed >= 0) return failed;
    // An answer that does not say which one failed, or says nothing of some, is no success.
    return (FailedEntryCount ?? 0) > 0 || Entries.length < events.length ? 0 : undefined;
  };
