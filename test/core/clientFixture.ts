import type { OAuthClient } from '../../core/oauth/client.ts';

/** A public client that is registered, and may do nothing yet. */
export const clientWith = (changes: Partial<OAuthClient> & Pick<OAuthClient, 'id'>): OAuthClient => ({
  title: changes.id,
  owner: 'team-leads',
  project: 'shop',
  status: 'active',
  reviewBy: '2027-01-01',
  authentication: { method: 'none' },
  senderConstraint: 'dpop',
  scopes: [],
  audiences: [],
  serves: [],
  signsInAs: [],
  groups: [],
  ratePerMinute: 60,
  ...changes,
});
