import { createHash } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { parseStrictJson } from '../../tokens/strictJson.ts';
import { verifySignature } from '../../adapters/sealed/verifySignature.ts';
import type { SealedCredential } from '../../contract/sealed.ts';
import { SEALED_SKEW_SECONDS, sealedCredential, sealedMessage } from '../../contract/sealed.ts';
import type { OnceStore, SealedKeyStore } from '../../core/approvalPorts.ts';
import type { SealedKey } from '../../core/breakGlass.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { Principal } from '../../core/principal.ts';
import { headerOf } from './request.ts';
import type { SealedRefusalDeps } from './sealedRefusal.ts';
import { SealedRefusal } from './sealedRefusal.ts';

export interface SealedDeps extends SealedRefusalDeps {
  readonly keys: Pick<SealedKeyStore, 'getKey'>;
  readonly once: Pick<OnceStore, 'spend' | 'appendOnce'>;
  readonly bundle: Pick<PolicyBundle, 'directory'>;
  /** The deployment's public base URL. */
  readonly publicUrl: string;
}

const MAX_CREDENTIAL_LENGTH = 2_048;

/**
 * The caller of a request that a sealed key signed: one whom the directory still lists, in the key's project, by a key
 * that was registered for them and not removed. The nonce is spent last, so that only a request which was signed can
 * spend one.
 *
 * @param given what follows the scheme in the `Authorization` header: untrusted
 * @throws SealedRefusal with the codes `token_malformed`, `signature_invalid`, `token_expired`
 */
export async function verifySealed(deps: SealedDeps, event: APIGatewayProxyEvent, given: string): Promise<Principal> {
  const credential = parse(given);
  const now = deps.clock();
  if (Math.abs(now - credential.at) > SEALED_SKEW_SECONDS * 1000) throw new SealedRefusal('late');
  const key = await deps.keys.getKey(credential.key);
  const message = sealedMessage({ ...credential, ...signedParts(deps, event) });
  if (!key) throw new SealedRefusal('unknown_key');
  if (key.removedAt !== undefined) throw new SealedRefusal('removed_key', key);
  if (!isSignedBy(key, credential, message)) throw new SealedRefusal('forged', key);
  const person = deps.bundle.directory.people.find(({ id }) => id === key.owner.id);
  if (person?.person !== key.owner.person || !person.projects.includes(key.project)) {
    throw new SealedRefusal('unlisted', key);
  }
  const until = credential.at + 2 * SEALED_SKEW_SECONDS * 1000;
  if (!(await deps.once.spend(`sealed#${key.id}#${credential.nonce}`, until))) {
    throw new SealedRefusal('replayed', key);
  }
  return principalOf(key, person.groups, credential, now);
}

function parse(given: string): SealedCredential {
  const bytes = given.length <= MAX_CREDENTIAL_LENGTH ? Buffer.from(given, 'base64url') : Buffer.alloc(0);
  const parsed = sealedCredential.safeParse(parseStrictJson(bytes));
  if (parsed.success) return parsed.data;
  throw new SealedRefusal('malformed');
}

function signedParts({ publicUrl }: SealedDeps, event: APIGatewayProxyEvent) {
  const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  const query = new URLSearchParams(
    Object.entries(event.multiValueQueryStringParameters ?? {}).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    ),
  );
  query.sort(); // API Gateway does not keep the order
  const search = query.toString();
  const parts = {
    audience: publicUrl,
    method: event.httpMethod,
    path: search === '' ? event.path : `${event.path}?${search}`,
    bodySha256: createHash('sha256').update(body).digest('hex'),
    idempotencyKey: headerOf(event, 'idempotency-key') ?? '',
  };
  if (Object.values(parts).some((part) => part.includes('\n'))) throw new SealedRefusal('ambiguous');
  return parts;
}

/** A key that was registered as a FIDO authenticator's signs as one, and any other doesn't. */
function isSignedBy(key: SealedKey, { signature, fido }: SealedCredential, message: string): boolean {
  if ((key.holder === 'fido') !== (fido !== undefined)) return false;
  return verifySignature(message, {
    publicKey: key.publicKey,
    signature: Buffer.from(signature, 'base64url'),
    ...(fido && { fido }),
  });
}

/** FIDO flag: the authenticator verified its user, by PIN or fingerprint (CTAP 2.1 §6.1, `uv`). */
const USER_VERIFIED = 0x04;

/** Two factors where the authenticator says so; else the key itself is one, which RFC 8176 calls `pop`. */
function principalOf(
  { id, owner, project }: SealedKey,
  groups: readonly string[],
  { at, fido }: SealedCredential,
  now: number,
): Principal {
  const mfa = fido !== undefined && (fido.flags & USER_VERIFIED) !== 0;
  return {
    ...owner,
    issuer: owner.id.split(':')[1] ?? '',
    groups,
    project,
    authentication: { mfa, methods: mfa ? ['pop', 'mfa'] : ['pop'], at: Math.min(at, now), sealedKey: id },
  };
}
