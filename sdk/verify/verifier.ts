import { ACCESS_TOKEN_TYP } from '../../contract/accessToken.ts';
import type { AccessTokenClaims } from '../../contract/accessToken.ts';
import { OAUTH_PATHS } from '../../contract/metadata.ts';
import type { DpopProof } from '../../tokens/dpopProof.ts';
import { TokenCache } from '../../tokens/tokenCache.ts';
import { TokenFault } from '../../tokens/tokenFault.ts';
import { challengeFor } from './challenge.ts';
import type { Scheme } from './challenge.ts';
import type { Genuine } from './firstSight.ts';
import { unsigned, verifyText } from './firstSight.ts';
import type { KeySet } from './keySet.ts';
import { createKeySource } from './keySource.ts';
import { checkOptions, publicUrlOf, skipSenderConstraint } from './options.ts';
import type { VerifierOptions, VerifyContext } from './options.ts';
import { readRequest } from './presented.ts';
import type { Presented, PresentedRequest } from './presented.ts';
import { Refusal } from './refusal.ts';
import { memoryReplay } from './replay.ts';
import { checkRequirements } from './requirements.ts';
import { createRevocationCheck } from './revocationCheck.ts';
import { checkPlace, checkSender, spendProof } from './senderConstraint.ts';
import { toVerified } from './verifiedToken.ts';
import type { VerifiedDelegation, VerifiedToken } from './verifiedToken.ts';
import { VERIFY_ERRORS, VerifyError } from './verifyError.ts';
import type { VerifyErrorCode } from './verifyError.ts';

const DEFAULT_TIMEOUT_MS = 3_000;
const DEFAULT_CACHE_SIZE = 4_096;

export interface Verifier<T extends VerifiedToken = VerifiedToken> {
  /**
   * Verifies a request, or the text of a token that came as `Bearer`. The result is trusted: signature, issuer, audience,
   * times, binding, revocation and what `context` asks for were checked. It is no permission of its own: which subject's
   * things may be touched is for the server to check, by `subject`, `scopes` and `details`.
   *
   * @throws VerifyError with a code of the closed list, and the answer to send. Anything else that is thrown is a defect,
   * and no permission either
   */
  verify(input: string | PresentedRequest, context?: VerifyContext): Promise<T>;
}

/**
 * A verifier of Writ's delegation tokens, for resource servers.
 *
 * @example
 * const verifier = createVerifier({
 *   issuer: 'https://writ.example.com',
 *   audience: 'https://billing.example.com',
 *   revocation: { snapshot: {} },
 * });
 * const token = await verifier.verify(request, { scopes: ['reports:read'] });
 *
 * @throws TypeError for a configuration that would be unsafe
 */
export function createVerifier(
  options: VerifierOptions & { readonly impersonation?: false },
): Verifier<VerifiedDelegation>;
export function createVerifier(options: VerifierOptions): Verifier;
export function createVerifier(options: VerifierOptions): Verifier {
  checkOptions(options);
  const { issuer, nonces, clock = Date.now, resourceMetadata } = options;
  const transport = { fetch: options.fetch ?? fetch, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS };
  const keys = createKeySource(options.keys ?? { jwksUri: issuer + OAUTH_PATHS.jwks }, ACCESS_TOKEN_TYP, transport);
  const revocation = createRevocationCheck(options.revocation, issuer, transport);
  const replay = options.replay ?? memoryReplay();
  const proofs = { publicUrl: publicUrlOf(options), nonces };
  const cache = new TokenCache<Genuine>(options.cacheSize ?? DEFAULT_CACHE_SIZE);

  /** All that depends on the request, and on what is known now. */
  const atEachUse = ({ claims }: Genuine, presented: Presented, context: VerifyContext, now: number): MaybeLater => {
    let proof: DpopProof | undefined;
    if (context[skipSenderConstraint] !== true) proof = checkSender(presented, claims, context, proofs, now);
    checkPlace(claims, context);
    const ended = revocation.isEnded(presented.token, claims, now);
    if (typeof ended !== 'boolean')
      return ended.then((late) => afterwards(late, claims, proof, presented, context, now));
    return afterwards(ended, claims, proof, presented, context, now);
  };
  const afterwards = (
    ended: boolean,
    claims: AccessTokenClaims,
    proof: DpopProof | undefined,
    presented: Presented,
    context: VerifyContext,
    now: number,
  ): MaybeLater => {
    if (ended) {
      cache.delete(presented.token);
      throw new Refusal('token_revoked', 'the token was revoked, or its grant has ended');
    }
    const token = toVerified(claims, revocation.knowledge);
    checkRequirements(token, context, now);
    return proof ? spendProof(proof, replay, now).then(() => token) : token;
  };
  /** @returns undefined where no key of the set is the token's */
  const genuineBy = (set: KeySet, text: string, now: number): Genuine | undefined => {
    const seen = cache.get(text, now);
    // What was verified with keys that are no longer good is verified anew.
    if (seen && seen.keys === set) return seen;
    const genuine = verifyText(text, options, set, now);
    if (!genuine) return undefined;
    checkKind(genuine.claims, options);
    cache.set(text, genuine);
    return genuine;
  };
  const later = async (
    set: KeySet | Promise<KeySet>,
    presented: Presented,
    context: VerifyContext,
    now: number,
  ): Promise<VerifiedToken> => {
    const genuine =
      genuineBy(await set, presented.token, now) ?? genuineBy(await keys.renewed(now), presented.token, now);
    if (!genuine) throw unsigned();
    return atEachUse(genuine, presented, context, now);
  };
  /** Without a promise where nothing has to be waited for: they would cost as much as all the rest. */
  const check = (presented: Presented, context: VerifyContext): MaybeLater => {
    const now = clock();
    const set = keys.current(now);
    const genuine = set instanceof Promise ? undefined : genuineBy(set, presented.token, now);
    return genuine ? atEachUse(genuine, presented, context, now) : later(set, presented, context, now);
  };

  return {
    verify(input, context = NOTHING) {
      let presented: Presented | undefined;
      const refused = (error: unknown) => Promise.reject(toVerifyError(error, presented?.scheme, resourceMetadata));
      try {
        presented = typeof input === 'string' ? { scheme: 'Bearer', token: input } : readRequest(input);
        const result = check(presented, context);
        return result instanceof Promise ? result.catch(refused) : Promise.resolve(result);
      } catch (error) {
        return refused(error);
      }
    },
  };
}

type MaybeLater = VerifiedToken | Promise<VerifiedToken>;
const NOTHING: VerifyContext = {};

/** @throws Refusal `kind_refused`, `uses_uncounted` */
function checkKind(claims: AccessTokenClaims, { impersonation, consumes }: VerifierOptions): void {
  if (claims.kind === 'impersonation' && impersonation !== true) {
    throw new Refusal('kind_refused', 'this server takes no token with which somebody acts in another’s name');
  }
  if (claims.max_uses !== undefined && consumes !== true) {
    throw new Refusal('uses_uncounted', 'the uses of the token are counted, which this server does not do');
  }
}

function toVerifyError(error: unknown, scheme: Scheme | undefined, resourceMetadata: string | undefined): Error {
  if (!(error instanceof Error)) return new TypeError('something was thrown that is no error');
  const code = error instanceof Refusal || error instanceof TokenFault ? error.code : undefined;
  if (code === undefined || !isVerifyErrorCode(code)) return error;
  const details = error instanceof Refusal ? error.details : {};
  const challenge = challengeFor(code, error.message, scheme, details, resourceMetadata);
  return new VerifyError(code, error.message, challenge, details.nonce);
}

const isVerifyErrorCode = (code: string): code is VerifyErrorCode => Object.hasOwn(VERIFY_ERRORS, code);
