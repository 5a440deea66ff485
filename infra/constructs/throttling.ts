import type { MethodDeploymentOptions } from 'aws-cdk-lib/aws-apigateway';
import type { Route, RouteId } from '../../contract/routes.ts';
import { ROUTES } from '../../contract/routes.ts';

/** Requests a second, and how many at once, before the gateway answers 429. Over all callers. */
interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

/** What a method has that is named nowhere below. */
export const DEFAULT_THROTTLE: Throttle = { rate: 100, burst: 200 };

/**
 * What takes authority back, or keeps it from being lent. Each has a measure of its own, so that a flood of requests,
 * lists or sessions can't use up what an admin needs to end a grant.
 */
const ENDINGS: readonly RouteId[] = ['revokeGrant', 'returnGrant', 'cancelGrant', 'revokeToken'];
const ENDING_THROTTLE: Throttle = { rate: 50, burst: 100 };

/**
 * What anyone may call, without a token. The answers never change between deployments and clients ask once, so little
 * is enough: nobody unknown shall use up the concurrency that the account's functions share.
 */
const PUBLIC_THROTTLE: Throttle = { rate: 10, burst: 20 };

/** What other systems tell Writ: each refused message is a leaf, so strangers shall not write many. */
const SIGNED_THROTTLE: Throttle = { rate: 20, burst: 40 };

/**
 * What programs call all day, each with a measure of its own: who renews tokens can't keep resource servers from asking
 * about them, nor the other way round. Signing is the least: KMS has 1,000 signatures a second for the whole account.
 * What verifiers need without a token, the list of what ended and the keys, has plenty: while strangers use it up, they
 * would have to refuse everybody.
 */
const PROGRAMS: Readonly<Partial<Record<RouteId, Throttle>>> = {
  issueToken: { rate: 200, burst: 400 },
  introspectToken: { rate: 500, burst: 1_000 },
  consumeToken: { rate: 200, burst: 400 },
  reportActivity: { rate: 100, burst: 200 },
  getSnapshot: { rate: 500, burst: 1_000 },
  getJwks: { rate: 100, burst: 200 },
  getSnapshotJwks: { rate: 100, burst: 200 },
  getAuthorizationServer: { rate: 100, burst: 200 },
};

function throttleOf(id: RouteId, { audience }: Route): Throttle | undefined {
  if (ENDINGS.includes(id)) return ENDING_THROTTLE;
  const own = PROGRAMS[id];
  if (own) return own;
  if (audience.includes('public')) return PUBLIC_THROTTLE;
  return audience.includes('signed') ? SIGNED_THROTTLE : undefined;
}

/**
 * The settings of the methods that have limits of their own, by `path/METHOD`. A method's own settings take the place
 * of the stage's.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export function methodThrottling(): Record<string, MethodDeploymentOptions> {
  return Object.fromEntries(
    Object.entries<Route>(ROUTES).flatMap(([id, route]) => {
      const throttle = throttleOf(id as RouteId, route);
      return throttle ? [[`${route.path}/${route.method}`, settingsOf(throttle)]] : [];
    }),
  );
}

export const settingsOf = ({ rate, burst }: Throttle) => ({
  throttlingRateLimit: rate,
  throttlingBurstLimit: burst,
});
