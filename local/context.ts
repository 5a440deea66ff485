/** What the CDK app is told of a laptop. */
import { AUDIENCE, CLIENT_ID } from './oidc/claims.ts';
import { issuerUrls } from './oidc/issuer.ts';
import { ISSUER_DOMAINS } from './oidc/people.ts';
import { HOST } from './preflight.ts';
import type { Ports } from './preflight.ts';

/** Writ's own make-believe account, and where everything is. */
export const BROKER_ACCOUNT = '999988887777';
export const REGION = 'us-east-1';

export interface Urls {
  readonly api: string;
  readonly aws: string;
  readonly issuer: string;
}

export const urlsOf = ({ api, aws, issuer }: Ports): Urls => ({
  api: `http://${HOST}:${api}`,
  aws: `http://${HOST}:${aws}`,
  issuer: `http://${HOST}:${issuer}`,
});

export function issuersOf(root: string) {
  const urls = issuerUrls(root);
  return ISSUER_DOMAINS.map((domain) => ({
    id: `local-${domain}`,
    domain,
    issuer: urls[domain],
    audience: AUDIENCE,
    jwksUri: `${urls[domain]}/jwks`,
    clientId: CLIENT_ID,
    claims: { person: 'person' },
  }));
}

/** CDK context: see `infra/context.ts`. @param policies the directory of the bundle's sources */
export const contextOf = (urls: Urls, policies: string): Readonly<Record<string, unknown>> => ({
  account: BROKER_ACCOUNT,
  region: REGION,
  policies,
  publicUrl: urls.api,
  awsEndpointUrl: urls.aws,
  signinUrl: `${urls.aws}/federation`,
  consoleUrl: 'https://console.aws.amazon.com/',
  // Its receivers of messages are on the laptop too.
  privateEndpoints: true,
  issuers: issuersOf(urls.issuer),
});
