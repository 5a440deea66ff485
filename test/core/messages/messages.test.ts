import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../core/grant.ts';
import type { LeafType } from '../../../core/leaf.ts';
import { chatOf } from '../../../core/messages/chat.ts';
import { mailOf } from '../../../core/messages/mail.ts';
import type { News } from '../../../core/messages/news.ts';
import { newsOf } from '../../../core/messages/news.ts';
import { channelsFor, mailRecipients } from '../../../core/messages/recipients.ts';
import { durationText, escapeMrkdwn, plain, quoted, subjectLine } from '../../../core/messages/text.ts';
import { webhookOf } from '../../../core/messages/webhook.ts';
import { headline } from '../../../core/messages/wording.ts';
import { principalId } from '../../../core/principal.ts';
import { createTellingWorld } from '../../functions/telling.ts';
import { NOW } from '../fixtures.ts';

const NASTY = 'fix\r\nFrom: boss\u202e <!channel> *now* <https://evil|click> ”ok “';

async function pendingNews(over: Parameters<ReturnType<typeof createTellingWorld>['request']>[0] = {}) {
  const world = createTellingWorld();
  const grant = await world.request(over);
  const occurrence = { id: 'evt_1', type: 'grant.pending', at: NOW } as const;
  return { bundle: world.bundle, grant, news: newsOf(world.bundle, occurrence, grant, NOW) };
}

describe('texts of strangers', () => {
  it('stay one line of visible characters', () => {
    expect(plain(NASTY)).toBe('fix From: boss <!channel> *now* <https://evil|click> ”ok “');
    expect(plain('a\u0000\u200b\u2028b', 10)).toBe('a b');
    expect(plain('😀'.repeat(5), 3)).toBe('😀😀…');
  });

  it('can’t end their quotes', () => {
    expect(quoted(NASTY)).toBe('“fix From: boss <!channel> *now* <https://evil|click> "ok "”');
  });

  it('have no markup where markup is read', () => {
    expect(escapeMrkdwn('<!here> & <@U1>')).toBe('&lt;!here&gt; &amp; &lt;@U1&gt;');
  });
});

describe('a subject', () => {
  it('is at most 100 printable ASCII characters', () => {
    expect(subjectLine('Writ: Zoë Łukasz “asks”\nBcc: x')).toBe('Writ: Zoe ?ukasz "asks"?Bcc: x');
    expect(subjectLine(`Writ: ${'x'.repeat(200)}`)).toHaveLength(100);
    expect(subjectLine(`Writ: ${'漢'.repeat(200)}`)).toBe('Writ: ?');
  });
});

it.each([
  [5, '5 s'],
  [90, '1 min 30 s'],
  [1800, '30 min'],
  [3600, '1 h'],
  [5400, '1 h 30 min'],
])('%i s is %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

describe('a mail', () => {
  it('says what to know, and what to do', async () => {
    const { bundle, grant, news } = await pendingNews({ justification: NASTY, ticket: 'INC-42' });
    expect(mailOf(bundle, 'https://writ.example', [news])).toEqual({
      subject: 'Writ: Alice asks for Read orders (orders-read)',
      text: `Alice asks for Read orders (orders-read).

  Grant:        ${grant.id}
  Risk:         low; data: personal
  Parameters:   customer = C-42
  Duration:     10 min
  Purpose:      “incident”
  Reason given: “fix From: boss <!channel> *now* <https://evil|click> "ok "”
  Ticket:       INC-42
  Can decide:   Bob, Heidi
  Until:        2026-11-21 10:00:00 UTC; if nobody answers, nothing is lent

  Look:    writ requests ${grant.id}
  Approve: writ approve ${grant.id}
  Deny:    writ deny ${grant.id}
  Help:    https://writ.example/requests/${grant.id}

Opening a link decides nothing. You are told because of your part in this; Writ never asks for a password.`,
    });
  });

  it('stands without a grant', () => {
    const { bundle } = createTellingWorld();
    const occurrence = { id: 'evt_1', type: 'breakglass.key_registered', at: NOW } as const;
    const news = newsOf(bundle, occurrence, undefined, NOW);
    expect(mailOf(bundle, 'https://writ.example', [news]).subject).toBe('Writ: A sealed key was registered');
    expect(mailRecipients(bundle, news)).toEqual(['admin:test:carol']);
  });
});

describe('a chat message', () => {
  it('shows strangers’ words in objects that have no markup', async () => {
    const { bundle, grant, news } = await pendingNews({ justification: NASTY });
    const message = chatOf(bundle, 'https://writ.example', [news], () => 'n0nce') as {
      text: string;
      blocks: { text?: { type: string; text: string }; elements?: { action_id: string; value?: string }[] }[];
    };
    expect(message).toMatchObject({ mrkdwn: false, unfurl_links: false, unfurl_media: false });
    expect(message.text).not.toContain('evil');
    const types = message.blocks.flatMap(({ text }) => text?.type ?? []);
    expect(new Set(types)).toEqual(new Set(['plain_text']));
    expect(JSON.stringify(message)).not.toContain('"mrkdwn","text"');
    const buttons = message.blocks.flatMap(({ elements = [] }) => elements);
    expect(buttons.map(({ action_id }) => action_id)).toEqual(['writ.approve', 'writ.deny', 'writ.open']);
    expect(buttons.slice(0, 2).map(({ value = '' }) => JSON.parse(value) as unknown)).toEqual(
      Array(2).fill({ grant: grant.id, requestSha256: grant.requestSha256, nonce: 'n0nce' }),
    );
  });

  it('has no button where the entitlement is gone', async () => {
    const { bundle, grant } = await pendingNews();
    const without = { ...bundle, catalogue: [] };
    const occurrence = { id: 'evt_1', type: 'grant.requested', at: NOW } as const;
    const message = chatOf(without, 'https://writ.example', [newsOf(without, occurrence, grant, NOW)], () => 'n');
    expect(JSON.stringify(message)).not.toContain('writ.approve');
  });

  it('stays within what Slack takes, however much there is', async () => {
    const { bundle, news } = await pendingNews();
    const many = Array.from({ length: 100 }, () => news);
    const message = chatOf(bundle, 'https://writ.example', [news, ...many], () => 'n') as { blocks: object[] };
    expect(message.blocks.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify(message)).toContain('and 87 more');
  });
});

describe('a webhook', () => {
  it('has ids, states and times, and no person and no words', async () => {
    const { grant, news } = await pendingNews({ justification: 'SECRET' });
    const body = webhookOf('https://writ.example', [news]);
    expect(body).toEqual({
      events: [
        {
          id: 'evt_1',
          type: 'grant.pending.v1',
          at: '2026-11-21T09:00:00.000Z',
          grant: grant.id,
          version: 2,
          status: 'pending',
          entitlement: 'orders-read',
          link: `https://writ.example/requests/${grant.id}`,
        },
      ],
    });
  });
});

describe('who hears', () => {
  it('only channels that are set up for the event and the project', async () => {
    const { bundle, news } = await pendingNews();
    expect(channelsFor(bundle, news).map(({ id }) => id)).toEqual(['chat', 'siem']);
    const reminded = { ...news, occurrence: { ...news.occurrence, type: 'approval.reminded' } as const };
    expect(channelsFor(bundle, reminded).map(({ id }) => id)).toEqual(['siem']);
  });

  it('of a vote only those whose stage it opened', async () => {
    const { bundle, news } = await pendingNews();
    const given = (at: number) => ({ ...news, occurrence: { id: 'evt_2', type: 'approval.given', at } as const });
    expect(mailRecipients(bundle, given(NOW))).not.toEqual([]);
    expect(mailRecipients(bundle, given(NOW + 1))).toEqual([]);
  });

  it('the subject of an impersonation, when it begins and ends', async () => {
    const { bundle, grant } = await pendingNews();
    const subject = 'admin:test:heidi' as NonNullable<Grant['request']['subject']>;
    const acting: Grant = {
      ...grant,
      request: { ...grant.request, subject },
      state: { status: 'active', activatedAt: NOW + 1, expiresAt: NOW + 600_000 },
    };
    const began = { id: 'evt_2', type: 'grant.activated', at: NOW + 1 } as const;
    expect(mailRecipients(bundle, newsOf(bundle, began, acting, NOW + 2))).toEqual([subject, 'admin:test:alice']);
    const ended = { id: 'evt_3', type: 'grant.expired', at: NOW + 600_000 } as const;
    expect(mailRecipients(bundle, newsOf(bundle, ended, acting, NOW + 700_000))).toContain(subject);
  });

  const broken = async (review?: NonNullable<Grant['breakGlass']>['review']) => {
    const { bundle, grant } = await pendingNews();
    const used: Grant = {
      ...grant,
      breakGlass: { keys: ['one', 'two'], ...(review && { review }) },
      state: { status: 'active', activatedAt: NOW + 1, expiresAt: NOW + 600_000 },
    };
    const news = (type: LeafType, of: Grant = used) => newsOf(bundle, { id: 'evt_2', type, at: NOW + 1 }, of, NOW + 2);
    const told = (one: News) => [channelsFor(bundle, one).length, mailRecipients(bundle, one).length];
    return { bundle, grant, used, news, told };
  };
  const REVIEW = {
    by: { id: principalId('admin', 'test', 'carol'), domain: 'admin', subject: 'carol', person: 'carol' },
    verdict: 'justified',
    comment: 'ok',
    at: NOW,
  } as const;

  it('everybody whom an alarm reaches, when glass was broken: every channel, whatever it is set up for', async () => {
    const { bundle, grant, news } = await broken();
    const began = news('grant.activated');
    expect(channelsFor(bundle, began).map(({ id }) => id)).toEqual(['chat', 'siem', 'other']);
    expect(mailRecipients(bundle, began)).toEqual(['admin:test:carol', 'admin:test:alice']);
    expect(headline(bundle, began)).toBe('Alice BROKE GLASS with Read orders (orders-read)');
    const { state } = began.grant ?? grant;
    const ordinary = news('grant.activated', { ...grant, state });
    expect(channelsFor(bundle, ordinary).map(({ id }) => id)).toEqual(['siem']);
    expect(mailRecipients(bundle, ordinary)).toEqual(['admin:test:alice']);
  });

  it('nobody of what the record does not bear out', async () => {
    const { grant, news, told } = await broken();
    expect(told(news('breakglass.alarmed'))).toEqual([1, 1]);
    for (const type of ['breakglass.reviewed', 'denials.repeated'] as const) expect(told(news(type))).toEqual([0, 0]);
    for (const type of ['breakglass.alarmed', 'breakglass.reviewed', 'grant.activated'] as const) {
      expect(told(news(type, grant))).toEqual([0, 0]);
    }
    const reviewed = await broken(REVIEW);
    expect(reviewed.told(reviewed.news('breakglass.reviewed'))).toEqual([1, 1]);
    expect(reviewed.told(reviewed.news('breakglass.alarmed'))).toEqual([0, 0]);
  });
});
