import type { RotatingSecret, RotatingSecrets } from '../../adapters/notify/rotatingSecrets.ts';
import type { Log } from '../shared/log.ts';

export interface RotationDeps {
  readonly secrets: RotatingSecrets;
  /** A fresh key: at least 128 random bits. */
  readonly newKey: () => string;
  readonly log: Log;
}

/** What Secrets Manager calls with, step by step. */
export interface RotationEvent {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
}

/**
 * Gives a signing key a successor; the URL beside it, where there is one, stays. Each step may come again. For a day after it Writ signs by
 * both keys and takes both, so receivers have that long to take over the new one.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export function createHandler({ secrets, newKey, log }: RotationDeps) {
  return async ({ Step, SecretId, ClientRequestToken: token }: RotationEvent): Promise<void> => {
    const stages = await secrets.stagesOf(SecretId, token);
    if (stages.includes('AWSCURRENT')) return;
    if (!stages.includes('AWSPENDING')) throw new Error('the version is not one that is being rotated to');
    switch (Step) {
      case 'createSecret':
        await create(SecretId, token);
        break;
      case 'setSecret':
        // Nothing to set: receivers hold their copy themselves, and know the former key for a day.
        break;
      case 'testSecret':
        await test(SecretId, token);
        break;
      case 'finishSecret':
        await secrets.makeCurrent(SecretId, token);
        log.worked('rotated', { secret: SecretId });
        break;
      default:
        throw new Error('there is no such step');
    }
  };

  async function create(secretId: string, token: string): Promise<void> {
    if (await secrets.pending(secretId, token)) return;
    const current = await secrets.current(secretId);
    await secrets.putPending(secretId, token, { ...current, signingKey: newKey() });
  }

  async function test(secretId: string, token: string): Promise<void> {
    const [current, pending] = [await secrets.current(secretId), await secrets.pending(secretId, token)];
    if (!pending || !isSuccessor(current, pending))
      throw new Error('the new version is no successor of the current one');
  }
}

const isSuccessor = (current: RotatingSecret, pending: RotatingSecret): boolean =>
  pending.url === current.url && pending.signingKey !== current.signingKey && pending.signingKey.length >= 43;
