import { ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { createChannelPost } from '../../../adapters/notify/channelPost.ts';
import type { HttpCall } from '../../../adapters/notify/httpCall.ts';
import { createSecrets, endpointSecret, signingKeysOf } from '../../../adapters/notify/secrets.ts';
import { isSigned, parseSignatureHeader } from '../../../adapters/notify/signature.ts';
import { createTicketLookUp } from '../../../adapters/notify/ticketLookUp.ts';

const NOW = Date.parse('2026-11-21T09:00:00Z');
const HOUR = 3_600_000;

interface Stored {
  readonly text: string;
  readonly at?: number;
}

function createWorld(stored: { AWSCURRENT: Stored; AWSPREVIOUS?: Stored }) {
  let now = NOW;
  let reads = 0;
  const client = Object.assign(new SecretsManagerClient(), {
    async send({ input }: { input: { VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS' } }) {
      reads++;
      const found = stored[input.VersionStage];
      if (!found) throw new ResourceNotFoundException({ message: 'none', $metadata: {} });
      return { SecretString: found.text, CreatedDate: new Date(found.at ?? NOW) };
    },
  });
  const clock = () => now;
  return {
    clock,
    stored,
    secrets: createSecrets({ client, clock }),
    pass: (ms: number) => (now += ms),
    reads: () => reads,
  };
}

const endpoint = (signingKey: string, url = 'https://x.example/hook'): string => JSON.stringify({ url, signingKey });
const NEW = 'new-key-of-the-channel';
const OLD = 'old-key-of-the-channel';

describe('secrets', () => {
  const keys = async ({ secrets }: ReturnType<typeof createWorld>) =>
    signingKeysOf(await secrets.read('writ/channel/siem', endpointSecret));

  it('are read again after a minute, and not before', async () => {
    const world = createWorld({ AWSCURRENT: { text: endpoint(OLD) } });
    await keys(world);
    world.stored.AWSCURRENT = { text: endpoint(NEW) };
    world.pass(59_999);
    expect(await keys(world)).toEqual([OLD]);
    world.pass(1);
    expect(await keys(world)).toEqual([NEW]);
    expect(world.reads()).toBe(4);
  });

  it('count for a day after their rotation', async () => {
    const world = createWorld({ AWSCURRENT: { text: endpoint(NEW) }, AWSPREVIOUS: { text: endpoint(OLD) } });
    world.pass(24 * HOUR - 1);
    expect(await keys(world)).toEqual([NEW, OLD]);
    world.pass(60_000);
    expect(await keys(world)).toEqual([NEW]);
  });

  it('are told of by name alone when they are not as they should be', async () => {
    const { secrets } = createWorld({ AWSCURRENT: { text: '{"url":"https://hidden","signingKey":"short"}' } });
    await expect(secrets.read('writ/tickets', endpointSecret)).rejects.toThrow(
      /^the secret writ\/tickets is not as it should be: signingKey$/,
    );
  });
});

describe('a channel', () => {
  it('is posted to by its URL, signed by both keys', async () => {
    const calls: HttpCall[] = [];
    const world = createWorld({ AWSCURRENT: { text: endpoint(NEW) }, AWSPREVIOUS: { text: endpoint(OLD) } });
    const call = async (made: HttpCall) => {
      calls.push(made);
      return { status: 204, body: '' };
    };
    await createChannelPost({ ...world, call })('siem', { a: 1 });
    const [made] = calls;
    const parsed = parseSignatureHeader(made?.headers?.['writ-signature'] ?? '');
    expect(made).toMatchObject({ method: 'POST', url: 'https://x.example/hook', body: '{"a":1}' });
    expect(parsed?.v1.map((v1, i) => isSigned(v1, `${parsed.t}.{"a":1}`, [[NEW, OLD][i] ?? '']))).toEqual([true, true]);
  });

  it.each([
    [endpoint(NEW), 500, 'the channel siem answered 500'],
    [endpoint(NEW), 302, 'the channel siem answered 302'],
    [endpoint(NEW, ''), 200, 'the channel siem has no URL: set its secret'],
  ])('fails: %s, %i', async (text, status, message) => {
    const world = createWorld({ AWSCURRENT: { text } });
    const post = createChannelPost({ ...world, call: async () => ({ status, body: '' }) });
    await expect(post('siem', {})).rejects.toThrow(message);
  });
});

describe('a ticket', () => {
  const lookUp = async (answer: { status: number; body: string } | Error, url?: string) => {
    const world = createWorld({ AWSCURRENT: { text: endpoint(NEW, url) } });
    let asked: HttpCall | undefined;
    const call = async (made: HttpCall) => {
      asked = made;
      if (answer instanceof Error) throw answer;
      return answer;
    };
    return { found: await createTicketLookUp({ ...world, call }).lookUp('INC/42'), asked };
  };

  it('is asked for by its id, signed', async () => {
    const { found, asked } = await lookUp({ status: 200, body: '{"state":"open","title":"a\\nb","more":1}' });
    expect(found).toEqual({ state: 'open', title: 'a b' });
    expect(asked).toMatchObject({ method: 'GET', url: 'https://x.example/hook/INC%2F42', timeoutMs: 2_000 });
    const parsed = parseSignatureHeader(asked?.headers?.['writ-signature'] ?? '');
    expect(isSigned(parsed?.v1[0] ?? '', `${parsed?.t ?? ''}.INC/42`, [NEW])).toBe(true);
  });

  it.each([
    [{ status: 404, body: '' }, { state: 'unknown' }],
    [{ status: 500, body: '{"state":"open"}' }, 'unavailable'],
    [{ status: 200, body: 'no json' }, 'unavailable'],
    [{ status: 200, body: '{"state":"done"}' }, 'unavailable'],
    [{ status: 200, body: '{"state":"open","url":"javascript:alert(1)"}' }, 'unavailable'],
    [new Error('down'), 'unavailable'],
  ])('%j: %j', async (answer, expected) => {
    expect((await lookUp(answer)).found).toEqual(expected);
  });

  it('is not asked for where no system is connected', async () => {
    expect(await lookUp(new Error('down'), '')).toEqual({ found: undefined, asked: undefined });
  });
});
