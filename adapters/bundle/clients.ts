import type { PolicyBundle } from '../../core/bundle.ts';
import { principalOfClient, type OAuthClient, type PublicJwk } from '../../core/oauth/client.ts';
import { CLIENT_DOMAIN } from '../../core/oauth/client.ts';
import { staffOf } from './chains.ts';
import { repeated } from './problems.ts';

/** What is wrong with clients: none may be mistaken for another, and somebody must answer for each. */
export function clientProblems({
  clients,
  issuers,
  directory,
}: Pick<PolicyBundle, 'clients' | 'issuers' | 'directory'>): string[] {
  const problems = [
    ...repeated(clients.map(({ id }) => id)).map((id) => `two clients have the id \`${id}\``),
    ...clients.flatMap((client) =>
      [
        ...federationProblems(client, issuers),
        ...(staffOf(directory, client.owner).length === 0
          ? [`owner: directory.json has nobody of the admin domain in the group \`${client.owner}\``]
          : []),
      ].map((problem) => `${client.id}: ${problem}`),
    ),
    ...shared(clients, (client) => [principalOfClient(client)], 'are the same principal'),
    ...shared(clients, keysOf, 'have the same key or certificate'),
    ...servingProblems(clients),
  ];
  return problems.map((problem) => `clients.json: ${problem}`);
}

function federationProblems({ authentication }: OAuthClient, issuers: PolicyBundle['issuers']): string[] {
  if (authentication.method !== 'federated') return [];
  const issuer = issuers.find(({ id }) => id === authentication.issuer);
  if (!issuer) return [`authentication.issuer: issuers.json has no issuer \`${authentication.issuer}\``];
  return issuer.domain === CLIENT_DOMAIN
    ? []
    : [`authentication.issuer: \`${issuer.id}\` is of the domain ${issuer.domain}, and clients are workloads`];
}

/** Two clients with something that only one may have. */
function shared(clients: readonly OAuthClient[], marks: (client: OAuthClient) => string[], what: string): string[] {
  const distinct = [...new Map(clients.map((client) => [client.id, client])).values()];
  return repeated(distinct.flatMap((client) => [...new Set(marks(client))])).map((mark) => {
    const holders = distinct.filter((client) => marks(client).includes(mark)).map(({ id }) => `\`${id}\``);
    return `${holders.join(' and ')} ${what}`;
  });
}

function keysOf({ authentication }: OAuthClient): string[] {
  switch (authentication.method) {
    case 'private_key_jwt':
      return authentication.keys.map(material);
    case 'tls_client_auth':
      return [...authentication.thumbprints];
    case 'federated':
    case 'none':
      return [];
  }
}

/** What tells keys apart, whatever they are called. */
const material = ({ kty, crv, x, y, n, e }: PublicJwk): string => JSON.stringify([kty, crv, x, y, n, e]);

/** An audience has one owner: nobody else's client reads, spends or reports on its tokens. */
function servingProblems(clients: readonly OAuthClient[]): string[] {
  const audiences = [...new Set(clients.flatMap(({ serves }) => serves))];
  return audiences.flatMap((audience) => {
    const serving = clients.filter(({ serves }) => serves.includes(audience));
    const answerable = new Set(serving.map(({ owner, project }) => `${owner} of ${project}`));
    return answerable.size > 1
      ? [`\`${audience}\` is served by clients of different owners: ${[...answerable].join(', ')}`]
      : [];
  });
}
