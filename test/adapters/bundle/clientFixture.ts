import type { OAuthClient } from '../../../core/oauth/client.ts';

/** A service that proves itself by its certificate, and asks for nothing. */
export const CLIENT: OAuthClient = {
  id: 'api',
  title: 'A service',
  owner: 'team-leads',
  project: 'shop',
  status: 'active',
  reviewBy: '2027-06-30',
  authentication: { method: 'tls_client_auth', thumbprints: ['A'.repeat(43)] },
  senderConstraint: 'mtls',
  scopes: [],
  audiences: [],
  serves: [],
  signsInAs: [],
  groups: [],
  ratePerMinute: 60,
};
