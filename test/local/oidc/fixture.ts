import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createTokenVerifier } from '../../../adapters/oidc/verifier.ts';
import type { TokenVerifier } from '../../../adapters/oidc/verifier.ts';
import { createOidcIssuer } from '../../../local/oidc/issuer.ts';
import type { OidcIssuer, OidcIssuerOptions } from '../../../local/oidc/issuer.ts';
import { ISSUER_DOMAINS } from '../../../local/oidc/people.ts';

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'writ-oidc-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** A listening issuer on a free port, closed after the test. */
export async function startIssuer(options: Partial<OidcIssuerOptions> = {}): Promise<OidcIssuer> {
  const issuer = createOidcIssuer({
    port: 0,
    directory: options.directory ?? temporaryDirectory(),
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  await issuer.listen();
  onTestFinished(() => issuer.close());
  return issuer;
}

/** Writ's own verifier, trusting the four issuers as the sample bundle does. */
export function verifierFor(issuer: OidcIssuer, clock: () => number = Date.now): TokenVerifier {
  const trusted = ISSUER_DOMAINS.map((domain) => ({
    id: domain,
    domain,
    issuer: issuer.issuers[domain],
    audience: 'writ',
    jwksUri: `${issuer.issuers[domain]}/jwks`,
    algorithms: ['ES256'],
    claims: { person: 'person' },
  }));
  return createTokenVerifier(trusted, { clock });
}
