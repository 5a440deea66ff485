import { clientWith } from '../../core/clientFixture.ts';

/** A service that proves itself by its certificate, and asks for nothing. */
export const CLIENT = clientWith({
  id: 'api',
  reviewBy: '2027-06-30',
  authentication: { method: 'tls_client_auth', thumbprints: ['A'.repeat(43)] },
  senderConstraint: 'mtls',
});
