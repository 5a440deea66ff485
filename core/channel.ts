/** A place where a team or a system hears of grants. Its secrets (URL, signing key) are in Secrets Manager, by its id. */
export interface Channel {
  readonly id: string;
  /** `chat`: a Slack-compatible incoming webhook with buttons. `webhook`: signed JSON to a system. */
  readonly kind: 'chat' | 'webhook';
  /** Event names such as `grant.pending.v1`, or `*`. */
  readonly events: readonly string[];
  /** Only grants of these projects; without it, of all. */
  readonly projects?: readonly string[];
}
