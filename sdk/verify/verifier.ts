import { ACCESS_TOKEN_TYP } from '../../contract/accessToken.ts';
import { OAUTH_PATHS } from '../../contract/metadata.ts';
import type { DpopProof } from '../../tokens/dpopProof.ts';
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
import { TokenCache } from './tokenCache.ts';
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

interface Entry extends Genuine {
  readonly token: VerifiedToken;
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
  const cache = new TokenCache<Entry>(options.cacheSize ?? DEFAULT_CACHE_SIZE);

  const remembered = (text: string, genuine: Genuine): Entry => {
    const { claims, keys, forgetAt } = genuine;
    const entry = { claims, keys, forgetAt, token: toVerified(claims, revocation.knowledge) };
    checkKind(entry.token, options);
    cache.set(text, entry);
    return entry;
  };
  /** All that depends on the request, and on what is known now. */
  const atEachUse = (entry: Entry, presented: Presented, context: VerifyContext, now: number): MaybeLater => {
    const { claims, token } = entry;
    let proof: DpopProof | undefined;
    if (context[skipSenderConstraint] !== true) proof = checkSender(presented, claims, context, proofs, now);
    checkPlace(claims, context);
    const decide = (ended: boolean): MaybeLater => {
      if (ended) {
        cache.delete(presented.token);
        throw new Refusal('token_revoked', 'the token was revoked, or its grant has ended');
      }
      checkRequirements(token, context, now);
      return proof ? spendProof(proof, replay, now).then(() => token) : token;
    };
    const ended = revocation.isEnded(presented.token, claims, now);
    return typeof ended === 'boolean' ? decide(ended) : ended.then(decide);
  };
  /** Without a promise where nothing has to be waited for: they would cost as much as all the rest. */
  const check = (presented: Presented, context: VerifyContext): MaybeLater => {
    const now = clock();
    const text = presented.token;
    const checkWith = (set: KeySet): MaybeLater => {
      const seen = cache.get(text, now);
      // What was verified with keys that are no longer good is verified anew.
      if (seen && seen.keys === set) return atEachUse(seen, presented, context, now);
      const genuine = verifyText(text, options, set, now);
      if (genuine) return atEachUse(remembered(text, genuine), presented, context, now);
      return keys.renewed(now).then((renewed) => {
        const late = verifyText(text, options, renewed, now);
        if (!late) throw unsigned();
        return atEachUse(remembered(text, late), presented, context, now);
      });
    };
    const set = keys.current(now);
    return set instanceof Promise ? set.then(checkWith) : checkWith(set);
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
function checkKind(token: VerifiedToken, { impersonation, consumes }: VerifierOptions): void {
  if (token.kind === 'impersonation' && impersonation !== true) {
    throw new Refusal('kind_refused', 'this server takes no token with which somebody acts in another’s name');
  }
  if (token.maxUses !== undefined && consumes !== true) {
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
