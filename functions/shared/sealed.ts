import { createHash } from 'node:crypto';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { parseStrictJson } from '../../adapters/json/strictJson.ts';
import { verifySignature } from '../../adapters/sealed/verifySignature.ts';
import type { SealedCredential } from '../../contract/sealed.ts';
import { SEALED_SKEW_SECONDS, sealedCredential, sealedMessage } from '../../contract/sealed.ts';
import type { OnceStore, SealedKeyStore } from '../../core/approvalPorts.ts';
import type { SealedKey } from '../../core/breakGlass.ts';
import type { PolicyBundle } from '../../core/bundle.ts';
import type { Clock } from '../../core/ports.ts';
import type { Principal } from '../../core/principal.ts';
import { TokenError } from '../../adapters/oidc/tokenError.ts';
import { headerOf } from './request.ts';

export interface SealedDeps {
  readonly clock: Clock;
  readonly keys: Pick<SealedKeyStore, 'getKey'>;
  readonly once: Pick<OnceStore, 'spend'>;
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
 * @throws TokenError `token_malformed`, `signature_invalid`, `token_expired`
 */
export async function verifySealed(deps: SealedDeps, event: APIGatewayProxyEvent, given: string): Promise<Principal> {
  const credential = parse(given);
  const now = deps.clock();
  if (Math.abs(now - credential.at) > SEALED_SKEW_SECONDS * 1000) {
    throw new TokenError('token_expired', 'the signature’s time is too far from the server’s');
  }
  const key = await deps.keys.getKey(credential.key);
  const message = sealedMessage({ ...credential, ...signedParts(deps, event) });
  if (!key || key.removedAt !== undefined || !isSignedBy(key, credential, message)) throw unsigned();
  const person = deps.bundle.directory.people.find(({ id }) => id === key.owner.id);
  if (person?.person !== key.owner.person || !person.projects.includes(key.project)) throw unsigned();
  const until = credential.at + 2 * SEALED_SKEW_SECONDS * 1000;
  if (!(await deps.once.spend(`sealed#${key.id}#${credential.nonce}`, until))) {
    throw new TokenError('token_expired', 'the signature has been used before');
  }
  return principalOf(key, person.groups, credential, now);
}

function parse(given: string): SealedCredential {
  const bytes = given.length <= MAX_CREDENTIAL_LENGTH ? Buffer.from(given, 'base64url') : Buffer.alloc(0);
  const parsed = sealedCredential.safeParse(parseStrictJson(bytes));
  if (parsed.success) return parsed.data;
  throw new TokenError('token_malformed', 'what follows `Writ-Sealed` is not a sealed signature');
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
  if (Object.values(parts).some((part) => part.includes('\n'))) throw unsigned();
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

const unsigned = (): TokenError =>
  new TokenError('signature_invalid', 'no registered key of a person in the directory signed this request');

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
