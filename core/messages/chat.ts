import type { PolicyBundle } from '../bundle.ts';
import type { News } from './news.ts';
import { linkTo, riskOf } from './news.ts';
import { escapeMrkdwn, plain } from './text.ts';
import { commandsOf, factsOf, headline } from './wording.ts';

/** Ids of a message's buttons: what comes back when somebody clicks. */
export const CHAT_ACTIONS = { approve: 'writ.approve', deny: 'writ.deny', open: 'writ.open' } as const;

/** What a button carries: which question was shown, and a value that this message alone has. */
export interface ChatValue {
  readonly grant: string;
  readonly requestSha256: string;
  readonly nonce: string;
}

/** At most so many blocks a message: Slack takes 50, a piece of news needs three. */
const MOST_NEWS = 14;
/** Of a `plain_text` object in a section, and in a button. */
const MAX_TEXT = 3_000;

/** Texts in these objects are shown as they are: no link, no mention, no emphasis, no emoji. */
const text = (value: string) => ({ type: 'plain_text', text: value.slice(0, MAX_TEXT), emoji: false }) as const;

/**
 * One message with all the news there are for a channel, in Block Kit. Where a click is proof enough, low and medium
 * risk, it has buttons; otherwise a link that says how to sign in and decide.
 *
 * @param nonce a fresh unguessable text at each call
 * @see https://docs.slack.dev/reference/block-kit/blocks
 */
export function chatOf(
  bundle: PolicyBundle,
  publicUrl: string,
  news: readonly [News, ...News[]],
  nonce: () => string,
): object {
  const shown = news.slice(0, MOST_NEWS);
  const more = news.length - shown.length;
  const [first] = news;
  const summary = news.length === 1 ? headline(bundle, first) : `${news.length} news of grants`;
  return {
    // For notifications of devices; the one part that could hold markup, so it is told to have none and escaped too.
    text: escapeMrkdwn(`Writ: ${summary}`),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      ...shown.flatMap((one) => blocksOf(bundle, publicUrl, one, nonce)),
      ...(more > 0 ? [{ type: 'context', elements: [text(`and ${more} more: writ requests`)] }] : []),
    ],
  };
}

function blocksOf(bundle: PolicyBundle, publicUrl: string, news: News, nonce: () => string): object[] {
  const lines = [...factsOf(bundle, news), ...commandsOf(news)].map(([label, value]) => `${label}: ${value}`);
  const buttons = buttonsOf(publicUrl, news, nonce);
  return [
    { type: 'section', text: text([plain(headline(bundle, news), 300), ...lines].join('\n')) },
    ...(buttons.length > 0 ? [{ type: 'actions', elements: buttons }] : []),
    { type: 'divider' },
  ];
}

function buttonsOf(publicUrl: string, news: News, nonce: () => string): object[] {
  const { grant, asking } = news;
  const url = linkTo(publicUrl, news);
  const open = { type: 'button', action_id: CHAT_ACTIONS.open, text: text('How to decide'), url };
  if (!grant || !asking) return [];
  if (!isDecidedByClick(news)) return [open];
  const value: ChatValue = { grant: grant.id, requestSha256: asking.requestSha256, nonce: nonce() };
  const button = (action_id: string, label: string, style: string) => {
    return { type: 'button', action_id, style, text: text(label), value: JSON.stringify(value) };
  };
  return [button(CHAT_ACTIONS.approve, 'Approve', 'primary'), button(CHAT_ACTIONS.deny, 'Deny', 'danger'), open];
}

/** A click in chat proves no second factor. */
export const isDecidedByClick = (news: Pick<News, 'entitlement'>): boolean => ['low', 'medium'].includes(riskOf(news));
