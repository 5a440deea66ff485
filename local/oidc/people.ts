/** The identity domains that the local provider serves, each as an issuer of its own. */
export const ISSUER_DOMAINS = ['admin', 'support', 'customer', 'workload'] as const;
export type IssuerDomain = (typeof ISSUER_DOMAINS)[number];

/** A ready account. Its name is its `sub`. */
export interface Account {
  readonly name: string;
  readonly domain: IssuerDomain;
  /** The human being (or machine) behind the account: two accounts of one person share it. */
  readonly person: string;
  readonly groups: readonly string[];
  readonly email: string;
  /** For the sign-in page. */
  readonly title: string;
}

const account = (name: string, domain: IssuerDomain, group: string | string[], title: string): Account => ({
  name,
  domain,
  person: name,
  groups: [group].flat(),
  email: `${name}@example.com`,
  title,
});

export const ACCOUNTS: readonly Account[] = [
  account('alice', 'admin', 'engineers', 'engineer'),
  account('bob', 'admin', ['engineers', 'team-leads'], 'team lead, approves'),
  { ...account('bob-admin', 'admin', 'team-leads', 'Bob\u2019s second account'), person: 'bob' },
  account('carol', 'admin', 'security-admins', 'security admin'),
  account('grace', 'admin', ['security-admins', 'governance', 'break-glass'], 'security admin, on the board'),
  account('heidi', 'admin', ['team-leads', 'break-glass'], 'team lead'),
  account('audrey', 'admin', 'auditors', 'auditor'),
  account('dave', 'support', 'support', 'support agent'),
  account('erin', 'customer', 'customers', 'customer'),
  account('ci', 'workload', 'workloads', 'the build pipeline'),
];

export function findAccount(name: string): Account | undefined {
  return ACCOUNTS.find((candidate) => candidate.name === name);
}
