import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { PolicyBundle, TrustedIssuer } from '../../core/bundle.ts';
import type { Target } from '../../core/entitlement.ts';
import type { OAuthClient } from '../../core/oauth/client.ts';
import { loadInstalledWasm, startCedar } from '../cedar/wasm.ts';
import { indexIssuers } from '../oidc/issuers.ts';
import { channelsShape, chainsShape, directoryShape } from './approvalShapes.ts';
import { bundleSha256 } from './baked.ts';
import { chainProblems } from './chains.ts';
import { clientsShape } from './clientShape.ts';
import { clientProblems } from './clients.ts';
import { directoryProblems } from './directory.ts';
import { entitlementProblems } from './entitlement.ts';
import { catalogueShape } from './entitlementShape.ts';
import { deriveExternalId } from './externalId.ts';
import { readPolicies } from './policies.ts';
import { BundleError, repeated } from './problems.ts';
import { explain, issuersShape, targetsShape, type TargetPlace } from './shapes.ts';

/** What a deployment says of itself; the bundle's files say the rest. */
export interface Deployment {
  /** Names one deployment of Writ among all: part of every ExternalId. */
  readonly installation: string;
  /** Writ's own account, into which nothing is lent. */
  readonly brokerAccount: string;
  /** Instead of `issuers.json`. */
  readonly issuers?: readonly TrustedIssuer[];
  /** Instead of `clients.json`. */
  readonly clients?: readonly OAuthClient[];
  /** Places of targets that `targets.json` names; those not given stay as they are there. */
  readonly targets?: Readonly<Record<string, TargetPlace>>;
}

/** The deployment on a laptop, in make-believe accounts. */
export const LOCAL_DEPLOYMENT: Deployment = { installation: 'local', brokerAccount: '999988887777' };

/**
 * Reads a bundle from its source files and refuses it unless everything in it holds: shapes, references, Cedar's
 * strict validation, ceilings that compile to a session policy which fits, quorums that people can reach. For synth, tools and tests; functions read
 * the baked form (`parseBundle`).
 *
 * @param dir holds schema.cedarschema, *.cedar, catalogue.json, approvals.json, directory.json, channels.json,
 * issuers.json, clients.json and targets.json
 * @throws BundleError with every problem found, each naming file and member
 */
export function loadBundle(dir: string, deployment: Deployment = LOCAL_DEPLOYMENT): PolicyBundle {
  startCedar(loadInstalledWasm);
  const problems: string[] = [];
  const read = <T>(shape: z.ZodType<T>, name: string, given?: unknown): T | undefined => {
    try {
      const result = shape.safeParse(given ?? JSON.parse(readText(dir, name)));
      if (result.success) return result.data;
      problems.push(...explain(name, result.error));
    } catch (error) {
      if (error instanceof BundleError) problems.push(...error.problems);
      else if (error instanceof SyntaxError) problems.push(`${name}: not JSON: ${error.message}`);
      else throw error;
    }
    return undefined;
  };
  const catalogue = read(catalogueShape, 'catalogue.json');
  const chains = read(chainsShape, 'approvals.json');
  const directory = read(directoryShape, 'directory.json');
  const channels = read(channelsShape, 'channels.json');
  const issuers = read(issuersShape, 'issuers.json', deployment.issuers);
  const clients = read(clientsShape, 'clients.json', deployment.clients);
  const sources = read(targetsShape, 'targets.json');
  const overrides = read(targetsShape, 'targets.json', deployment.targets ?? {});
  let schema = '';
  let policies: PolicyBundle['policies'] = {};
  try {
    schema = readText(dir, SCHEMA);
    const files = readdirSync(dir)
      .filter((name) => name.endsWith('.cedar'))
      .sort();
    policies = readPolicies(
      { name: SCHEMA, text: schema },
      files.map((name) => ({ name, text: readText(dir, name) })),
    );
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    problems.push(...error.problems);
  }
  if (!catalogue || !chains || !directory || !channels || !issuers || !clients || !sources || !overrides) {
    throw new BundleError(problems);
  }

  const targets = place(sources, overrides, deployment);
  const parts = { schema, policies, catalogue, chains, directory, channels, issuers, clients, targets };
  problems.push(...referenceProblems(parts, overrides, deployment.brokerAccount));
  if (problems.length > 0) throw new BundleError(problems);
  return { sha256: bundleSha256(parts), ...parts };
}

const SCHEMA = 'schema.cedarschema';

function readText(dir: string, name: string): string {
  try {
    return readFileSync(join(dir, name), 'utf8');
  } catch {
    throw new BundleError([`${name}: can't be read in ${dir}`]);
  }
}

function place(
  sources: Readonly<Record<string, TargetPlace>>,
  overrides: Readonly<Record<string, TargetPlace>>,
  { installation, brokerAccount }: Deployment,
): Record<string, Target> {
  return Object.fromEntries(
    Object.entries(sources).map(([alias, source]) => {
      const { account, region } = overrides[alias] ?? source;
      return [alias, { account, region, externalId: deriveExternalId(installation, brokerAccount, account) }];
    }),
  );
}

function referenceProblems(
  parts: Omit<PolicyBundle, 'sha256'>,
  overrides: Readonly<Record<string, TargetPlace>>,
  brokerAccount: string,
): string[] {
  const { catalogue, chains, directory, channels, issuers, targets } = parts;
  return [
    ...repeated(ids(catalogue)).map((id) => `catalogue.json: two entitlements have the id \`${id}\``),
    ...repeated(ids(chains)).map((id) => `approvals.json: two chains have the id \`${id}\``),
    ...repeated(ids(channels)).map((id) => `channels.json: two channels have the id \`${id}\``),
    ...directoryProblems(directory),
    ...chainProblems(chains, directory, catalogue),
    ...issuerProblems(issuers),
    ...clientProblems(parts),
    ...Object.keys(overrides)
      .filter((alias) => !Object.hasOwn(targets, alias))
      .map((alias) => `targets.json: has no target \`${alias}\` to place elsewhere`),
    ...catalogue.flatMap((entitlement) =>
      entitlementProblems(entitlement, parts, brokerAccount).map(
        (problem) => `catalogue.json: ${entitlement.id}: ${problem}`,
      ),
    ),
  ];
}

const ids = (items: readonly { readonly id: string }[]): string[] => items.map(({ id }) => id);

function issuerProblems(issuers: readonly TrustedIssuer[]): string[] {
  try {
    indexIssuers(issuers);
    return [];
  } catch (error) {
    if (error instanceof TypeError) return [`issuers.json: ${error.message}`];
    throw error;
  }
}
