import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import type { PostToChannel } from '../../adapters/notify/channelPost.ts';
import type { SendMail } from '../../adapters/notify/snsMail.ts';
import { EVENT_SOURCE, eventDetail } from '../../contract/events.ts';
import type { OnceStore } from '../../core/approvalPorts.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { Channel } from '../../core/channel.ts';
import { chatOf } from '../../core/messages/chat.ts';
import { mailOf } from '../../core/messages/mail.ts';
import type { News } from '../../core/messages/news.ts';
import { newsOf } from '../../core/messages/news.ts';
import { channelsFor, mailRecipients } from '../../core/messages/recipients.ts';
import { webhookOf } from '../../core/messages/webhook.ts';
import type { Grant } from '../../core/grant.ts';
import type { Clock, GrantStore } from '../../core/ports.ts';
import type { PrincipalId } from '../../core/principal.ts';
import type { Log } from '../shared/log.ts';

export interface NotifierDeps {
  readonly clock: Clock;
  readonly store: Pick<GrantStore, 'get' | 'getMany'>;
  readonly once: Pick<OnceStore, 'spentOf' | 'spendAll'>;
  readonly bundle: PolicyBundle;
  readonly publicUrl: string;
  readonly sendMail: SendMail;
  readonly post: PostToChannel;
  /** A fresh unguessable text. */
  readonly nonce: () => string;
  readonly log: Log;
}

/** What EventBridge puts into the queue. */
const MESSAGE = z.object({ source: z.literal(EVENT_SOURCE), detail: eventDetail });

interface Item {
  readonly messageId: string;
  readonly news: News;
}

/** What one recipient gets of a batch. */
type Parcel = { readonly items: Item[] } & (
  { readonly to: 'mail'; readonly recipient: PrincipalId } | { readonly to: 'channel'; readonly channel: Channel }
);

/**
 * Tells people and systems what happened. An event only says where to look: who hears of what is decided from the grant
 * as it is now. Each recipient gets one message a batch; what fails for one of them comes again, for that one.
 */
export function createHandler(deps: NotifierDeps) {
  return async (event: SQSEvent): Promise<SQSBatchResponse> => {
    const failed = new Set<string>();
    const items: Item[] = [];
    const grants = await readAhead(deps, event.Records);
    await Promise.all(
      event.Records.map(async (record) => {
        try {
          const news = await lookUp(deps, grants, record);
          if (news) items.push({ messageId: record.messageId, news });
        } catch (error) {
          deps.log.failed(error, record.messageId);
          failed.add(record.messageId);
        }
      }),
    );
    items.sort((a, b) => a.news.occurrence.at - b.news.occurrence.at);
    for (const parcel of parcelsOf(deps.bundle, items)) {
      try {
        await deliver(deps, parcel);
      } catch (error) {
        deps.log.failed(error, parcel.to);
        for (const { messageId } of parcel.items) failed.add(messageId);
      }
    }
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

type ReadGrant = GrantStore['get'];

/** Reads the grants of a batch in one call. Where that fails, each is read alone: one bad item fails only its own news. */
async function readAhead({ store, log }: NotifierDeps, records: readonly SQSRecord[]): Promise<ReadGrant> {
  const ids = new Set(records.map(grantIn).filter((id) => id !== undefined));
  const read = ids.size > 0 ? await store.getMany([...ids]).catch(failedWith(log)) : [];
  const known = new Map(read.map((grant) => [grant.id, grant]));
  return async (id) => known.get(id) ?? store.get(id);
}

const failedWith =
  (log: Log) =>
  (error: unknown): readonly Grant[] => {
    log.failed(error, 'grants of a batch');
    return [];
  };

/** The grant that a message is about; undefined where it is none of ours, of which `lookUp` then says so. */
function grantIn({ body }: SQSRecord): string | undefined {
  try {
    return MESSAGE.parse(JSON.parse(body)).detail.grant;
  } catch {
    return undefined;
  }
}

/** @throws for what is no event of Writ's: it ends in the dead-letter queue, where somebody looks at it */
async function lookUp(
  { bundle, clock }: NotifierDeps,
  grantOf: ReadGrant,
  { body }: SQSRecord,
): Promise<News | undefined> {
  const { detail } = MESSAGE.parse(JSON.parse(body));
  const grant = detail.grant === undefined ? undefined : await grantOf(detail.grant);
  if (detail.grant !== undefined && !grant) return undefined; // erased since
  const occurrence = { id: detail.id, type: detail.type, at: Date.parse(detail.at) };
  return newsOf(bundle, occurrence, grant, clock());
}

function parcelsOf(bundle: PolicyBundle, items: readonly Item[]): readonly Parcel[] {
  const parcels = new Map<string, Parcel>();
  const put = (key: string, empty: Parcel, item: Item): void => {
    const parcel = parcels.get(key) ?? empty;
    parcels.set(key, parcel);
    const isThere = parcel.items.some(({ news }) => news.occurrence.id === item.news.occurrence.id);
    if (!isThere) parcel.items.push(item);
  };
  for (const item of items) {
    for (const recipient of mailRecipients(bundle, item.news)) {
      put(`mail#${recipient}`, { to: 'mail', recipient, items: [] }, item);
    }
    for (const channel of channelsFor(bundle, item.news)) {
      put(`channel#${channel.id}`, { to: 'channel', channel, items: [] }, item);
    }
  }
  return [...parcels.values()];
}

async function deliver(deps: NotifierDeps, parcel: Parcel): Promise<void> {
  const name = parcel.to === 'mail' ? `mail#${parcel.recipient}` : `channel#${parcel.channel.id}`;
  const told = await deps.once.spentOf(parcel.items.map(({ news }) => markOf(name, news)));
  const fresh = parcel.items.map(({ news }) => news).filter((news) => !told.has(markOf(name, news)));
  const [first, ...others] = fresh;
  if (!first) return;
  await send(deps, parcel, [first, ...others]);
  await markTold(deps, name, fresh);
  deps.log.worked('told', { to: parcel.to, count: fresh.length });
}

/** An event that comes again does so within a day from the stream, a day from the bus and a day from the queue. */
const REMEMBERED_MS = 4 * 86_400_000;

/**
 * Events come at least once. What is marked is that it was told, after it was: a mark made before would lose the message
 * if sending failed. So a crash between the two tells it twice, and nothing is told never.
 */
async function markTold({ once }: NotifierDeps, name: string, news: readonly News[]): Promise<void> {
  await once.spendAll(news.map((each) => ({ mark: markOf(name, each), until: each.occurrence.at + REMEMBERED_MS })));
}

const markOf = (name: string, { occurrence }: News): string => `told#${name}#${occurrence.id}`;

async function send(deps: NotifierDeps, parcel: Parcel, news: readonly [News, ...News[]]): Promise<void> {
  const { bundle, publicUrl, nonce } = deps;
  if (parcel.to === 'mail') {
    await deps.sendMail(parcel.recipient, mailOf(bundle, publicUrl, news));
    return;
  }
  const { channel } = parcel;
  const body = channel.kind === 'chat' ? chatOf(bundle, publicUrl, news, nonce) : webhookOf(publicUrl, news);
  await deps.post(channel.id, body);
}
