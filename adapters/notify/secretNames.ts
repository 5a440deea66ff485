import type { Channel } from '../../core/channel.ts';

/** Names of the secrets of channels, written once: the stacks make them, the functions read them. */

const CHANNEL_PREFIX = 'writ/channel/';

/** `{url, signingKey}` of a channel: where to, and what Writ signs with. */
export const channelSecretName = (channelId: string): string => `${CHANNEL_PREFIX}${channelId}`;
/** `{signingSecret}`: by what the chat workspace signs the clicks that it passes on. Its operator sets it. */
export const CHAT_SIGNING_SECRET = 'writ/chat-signing';
/** `{url, signingKey}` of the ticket system: for look-ups, and for what it tells. */
export const TICKETS_SECRET = 'writ/tickets';

/** `{signingKey}`: what the nonces of DPoP proofs follow from (RFC 9449 §8). Nobody but the token function knows it. */
export const DPOP_NONCE_SECRET = 'writ/dpop-nonce';

/** The secrets whose keys Writ makes itself, and makes anew by a schedule. */
export const rotatingSecrets = (channels: readonly Pick<Channel, 'id' | 'kind'>[]): readonly string[] => [
  ...channels.filter(({ kind }) => kind === 'webhook').map(({ id }) => channelSecretName(id)),
  TICKETS_SECRET,
  DPOP_NONCE_SECRET,
];
