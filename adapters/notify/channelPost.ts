import type { CallHttp } from './httpCall.ts';
import { channelSecretName } from './secretNames.ts';
import type { Secrets } from './secrets.ts';
import { endpointSecret, signingKeysOf } from './secrets.ts';
import { SIGNATURE_HEADER, signatureHeader } from './signature.ts';

const TIMEOUT_MS = 5_000;

export interface ChannelPostOptions {
  readonly secrets: Secrets;
  readonly call: CallHttp;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** Posts JSON to a channel. */
export type PostToChannel = (channelId: string, body: object) => Promise<void>;

/**
 * Posts to a channel's URL, signed by its key and, while that is being rotated, by the former one too. Anything but 2xx
 * is a failure.
 */
export const createChannelPost =
  ({ secrets, call, clock }: ChannelPostOptions): PostToChannel =>
  async (channelId, content) => {
    const versions = await secrets.read(channelSecretName(channelId), endpointSecret);
    if (versions.current.url === '') throw new Error(`the channel ${channelId} has no URL: set its secret`);
    const body = JSON.stringify(content);
    const { status } = await call({
      method: 'POST',
      url: versions.current.url,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'writ',
        [SIGNATURE_HEADER]: signatureHeader(signingKeysOf(versions), body, clock()),
      },
      body,
      timeoutMs: TIMEOUT_MS,
    });
    if (status < 200 || status > 299) throw new Error(`the channel ${channelId} answered ${status}`);
  };
