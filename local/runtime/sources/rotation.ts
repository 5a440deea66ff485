/**
 * Rotates secrets when it is time: invokes the secret's function with the four steps, in order. A rotation that fails is
 * begun again later, with the same version id; each step must bear that.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
import type { Secret, Secrets } from '../../aws/secrets/secrets.ts';
import { CURRENT } from '../../aws/secrets/stages.ts';
import type { SleepUntil } from '../../aws/sleep.ts';
import type { StateStore } from '../../aws/store.ts';
import type { Permission } from '../deploy/deployment.ts';
import { mayInvoke } from '../gateway/permission.ts';
import type { Invoke } from '../lambda/functions.ts';
import type { EventSource } from './source.ts';
import { startWorker } from './worker.ts';

export interface RotationDeps {
  readonly secrets: Pick<Secrets, 'find' | 'rotations' | 'beginRotation' | 'finishRotation'>;
  readonly store: StateStore;
  readonly invoke: Invoke;
  readonly permissions: readonly Permission[];
  readonly clock: () => number;
  readonly sleepUntil: SleepUntil;
  readonly report: (error: unknown, where: string) => void;
}

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
const SERVICE = 'secretsmanager.amazonaws.com';
const MINUTE_MS = 60_000;
const MAX_PAUSE_MS = 60 * MINUTE_MS;

export function startRotations(deps: RotationDeps): EventSource {
  const { secrets, store, invoke, permissions, clock, sleepUntil, report } = deps;

  const secretAt = (arn: string): Secret | undefined => {
    const [, , , region = '', accountId = ''] = arn.split(':');
    return secrets.find(accountId, region, arn);
  };

  async function rotate(secret: Secret, lambdaArn: string, token: string): Promise<void> {
    if (!mayInvoke(permissions, SERVICE, lambdaArn, secret.arn)) {
      throw new Error(`Secrets Manager may not invoke ${lambdaArn}`);
    }
    await secrets.beginRotation(secret, token);
    for (const Step of STEPS) {
      const outcome = await invoke(lambdaArn, { Step, SecretId: secret.arn, ClientRequestToken: token });
      if (!outcome.ok) throw new Error(`${Step}: ${outcome.error.errorType}: ${outcome.error.errorMessage}`);
    }
    if (secretAt(secret.arn)?.versions[token]?.stages.includes(CURRENT) !== true) {
      throw new Error('finishSecret did not make the new version the current one');
    }
  }

  return startWorker({
    where: 'rotation of secrets',
    backlog: secrets.rotations,
    store,
    clock,
    sleepUntil,
    report,
    async work(entry) {
      const { secretArn, token } = entry.item;
      const secret = secretAt(secretArn);
      if (!secret?.rotation) return secrets.rotations.settle(entry);
      try {
        await rotate(secret, secret.rotation.lambdaArn, token);
      } catch (error) {
        report(error, `rotation of ${secretArn}`);
        const pauseMs = Math.min(MAX_PAUSE_MS, MINUTE_MS * 2 ** entry.failures);
        return secrets.rotations.putOff(entry, clock() + pauseMs);
      }
      const rotated = secretAt(secretArn) ?? secret;
      return { ...secrets.finishRotation(rotated), ...secrets.rotations.settle(entry) };
    },
  });
}
