import { readFileSync } from 'node:fs';
import { clientAssertion, connect } from '../../sdk/index.ts';
import { createVerifier, memoryReplay } from '../../sdk/verify/index.ts';
import type { Revocation } from '../../sdk/verify/index.ts';
import { writEvidence } from './evidence.ts';
import { METADATA_PATH } from './metadata.ts';
import type { Customer, SupportServiceOptions } from './service.ts';

/** The key of the client that serves the audience, as a private JWK. */
export interface ServiceKey {
  readonly kid: string;
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

export interface Settings {
  /** Writ's public URL. */
  readonly issuer: string;
  /** @default 'https://support.example.com' */
  readonly audience?: string;
  /** What clients call: proofs are for it. @default the audience */
  readonly publicUrl?: string;
  /** @default 'support-service' */
  readonly clientId?: string;
  readonly key: ServiceKey;
  /** How it is found out that a token ended: `introspection` at once, `snapshot` within seconds. */
  readonly revocation: 'introspection' | 'snapshot';
  readonly log: (line: string) => void;
}

/** Everything that the service stands on, from a few settings. */
export function assemble(settings: Settings): SupportServiceOptions {
  const { issuer, audience = 'https://support.example.com', publicUrl = audience, key, log } = settings;
  const identity = {
    issuer,
    clientId: settings.clientId ?? 'support-service',
    authentication: { privateKeyJwt: { key, kid: key.kid } },
  };
  /** Good for a minute, and once. */
  const assertion = async (): Promise<string> => (await clientAssertion(identity, Date.now())) ?? '';
  const authenticate = async () => ({ headers: { authorization: `Bearer ${await assertion()}` } });
  const revocation: Revocation =
    settings.revocation === 'snapshot' ? { snapshot: {} } : { introspection: { authenticate } };
  return {
    issuer,
    audience,
    verifier: createVerifier({
      issuer,
      audience,
      publicUrl,
      revocation,
      impersonation: true,
      consumes: true,
      // One process: its memory is enough. Several share a table: `dynamoReplay`.
      replay: memoryReplay(),
      resourceMetadata: publicUrl + METADATA_PATH,
    }),
    evidence: writEvidence(connect({ apiUrl: issuer, token: assertion }), log),
    customers: sampleCustomers(),
    clock: Date.now,
  };
}

const sampleCustomers = (): Map<string, Customer> =>
  new Map([
    ['erin', { principal: 'customer:local-customer:erin', settings: { language: 'en', newsletter: true } }],
    ['noor', { principal: 'customer:local-customer:noor', settings: { language: 'de', newsletter: false } }],
  ]);

/** @throws Error that names the variable */
export function settingsFrom(env: NodeJS.ProcessEnv, log: Settings['log']): Settings {
  const { WRIT_ISSUER: issuer, WRIT_CLIENT_KEY: file, REVOCATION: revocation = 'introspection' } = env;
  if (!issuer) throw new Error('WRIT_ISSUER must be the public URL of Writ, such as http://127.0.0.1:4600');
  if (!file)
    throw new Error('WRIT_CLIENT_KEY must be a file with the private JWK of the client that serves the audience');
  if (revocation !== 'introspection' && revocation !== 'snapshot') {
    throw new Error('REVOCATION must be introspection or snapshot');
  }
  const { AUDIENCE: audience, PUBLIC_URL: publicUrl, WRIT_CLIENT_ID: clientId } = env;
  return {
    issuer,
    revocation,
    log,
    key: JSON.parse(readFileSync(file, 'utf8')) as ServiceKey,
    ...(audience && { audience }),
    ...(publicUrl && { publicUrl }),
    ...(clientId && { clientId }),
  };
}
