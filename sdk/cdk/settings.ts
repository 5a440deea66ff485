/** What the construct tells its function: the environment, and one file beside the code. */
export const ENV = {
  issuer: 'WRIT_ISSUER',
  audience: 'WRIT_AUDIENCE',
  /** @default the origin of the audience */
  publicUrl: 'WRIT_PUBLIC_URL',
  replayTable: 'WRIT_REPLAY_TABLE',
  impersonation: 'WRIT_IMPERSONATION',
  consumes: 'WRIT_CONSUMES',
  /** `snapshot`, `introspection` or `unchecked`. */
  revocation: 'WRIT_REVOCATION',
  /** For introspection: who asks, and the secret with its private JWK. */
  clientId: 'WRIT_CLIENT_ID',
  clientKeySecret: 'WRIT_CLIENT_KEY_SECRET',
} as const;

/** The routes: there may be more of them than an environment holds. */
export const ROUTES_FILE = 'routes.json';

export const REPLAY_KEY = 'pk';
