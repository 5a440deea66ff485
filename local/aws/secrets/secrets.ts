/**
 * Secrets with their versions, in the durable store. Values are sealed there: only the service opens them.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
 */
import { randomInt, randomUUID } from 'node:crypto';
import { openBacklog } from '../backlog.ts';
import type { Backlog } from '../backlog.ts';
import type { Sealer } from '../sealer.ts';
import { AwsError } from '../service.ts';
import type { StateStore } from '../store.ts';
import { CURRENT, PENDING, withStage, withoutStage } from './stages.ts';
import type { Version, Versions } from './stages.ts';

export type SecretValue = { readonly SecretString: string } | { readonly SecretBinary: string };

/** A secret as a template states it. */
export interface SecretSpecification {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  /** What tells whether the template states another value than before. */
  readonly stated: string;
  /** Makes the value, where the secret is new or the template states another. */
  readonly value: () => string;
}

export interface Rotation {
  readonly lambdaArn: string;
  /** Absent where it rotates only when told to. */
  readonly rateMs?: number;
}

export interface Secret {
  readonly arn: string;
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly description?: string;
  readonly kmsKeyId?: string;
  /** JSON text. */
  readonly policy?: string;
  /** Digest of what the template stated. */
  readonly stated: string;
  readonly versions: Versions;
  readonly rotation?: Rotation;
  /** Epoch milliseconds, as all times. */
  readonly createdAt: number;
  readonly changedAt: number;
  readonly rotatedAt?: number;
  readonly nextRotationAt?: number;
}

/** A rotation that is due at its time, or under way. */
export interface DueRotation {
  readonly secretArn: string;
  readonly token: string;
}

export interface Secrets {
  /** Makes the secret, or brings it to what is asked. Its value stays while the template states the same. */
  put(specification: SecretSpecification): Promise<Secret>;
  putPolicy(arn: string, policy: string): Promise<void>;
  /** Sets how it rotates; the same as before changes nothing. @param immediately whether it rotates at once, too */
  putRotation(arn: string, rotation: Rotation, immediately: boolean): Promise<void>;
  /** By name, ARN, or ARN without its last six characters. */
  find(accountId: string, region: string, reference: string): Secret | undefined;
  /** @throws {AwsError} ResourceExistsException where the version has another value already */
  putValue(secret: Secret, versionId: string, value: SecretValue, stages: readonly string[]): Promise<Version>;
  /** `undefined` where the version is still to be given its value. */
  open(version: Version): SecretValue | undefined;
  moveStage(secret: Secret, stage: string, from: string | undefined, to: string | undefined): Promise<void>;
  /** Rotates once, under this version id. @throws {AwsError} InvalidRequestException */
  rotate(secret: Secret, token: string): Promise<void>;
  /** Makes the pending version that a rotation fills. */
  beginRotation(secret: Secret, token: string): Promise<void>;
  /** What to write when the rotation has been done: it takes the stage off, and says when the next is. */
  finishRotation(secret: Secret): Readonly<Record<string, unknown>>;
  readonly rotations: Backlog<DueRotation>;
}

const PURPOSE = 'secrets-manager';
const SUFFIX = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export function openSecrets(store: StateStore, sealer: Sealer, clock: () => number): Secrets {
  const rotations = openBacklog<DueRotation>(store, 'rotations');
  const keyOf = (accountId: string, region: string, name: string): string =>
    `secrets/secret/${accountId}/${region}/${name}`;
  const byName = (accountId: string, region: string, name: string): Secret | undefined =>
    store.get(keyOf(accountId, region, name)) as Secret | undefined;
  const change = (secret: Secret): Readonly<Record<string, unknown>> => ({
    [keyOf(secret.accountId, secret.region, secret.name)]: secret,
  });
  const newVersion = (versionId: string, value: SecretValue | undefined): Version => ({
    id: versionId,
    stages: [],
    createdAt: clock(),
    ...(value === undefined ? {} : { sealed: sealer.seal(PURPOSE, value) }),
  });
  const open = ({ sealed }: Version): SecretValue | undefined =>
    sealed === undefined ? undefined : (sealer.open(PURPOSE, sealed) as SecretValue);

  function found(arn: string): Secret {
    const [, , , region = '', accountId = ''] = arn.split(':');
    const secret = find(accountId, region, arn);
    if (secret) return secret;
    throw new Error(`there is no secret \`${arn}\``);
  }

  function find(accountId: string, region: string, reference: string): Secret | undefined {
    const arn = /^arn:aws:secretsmanager:([a-z0-9-]+):(\d{12}):secret:(.+)$/.exec(reference);
    if (!arn) return byName(accountId, region, reference);
    const [, itsRegion = '', owner = '', rest = ''] = arn;
    const secret = byName(owner, itsRegion, rest.slice(0, -7));
    return secret?.arn === reference ? secret : byName(owner, itsRegion, rest);
  }

  function withValue(secret: Secret, version: Version, stages: readonly string[]): Secret {
    const added: Secret = { ...secret, changedAt: clock(), versions: { ...secret.versions, [version.id]: version } };
    return { ...added, versions: stages.reduce((all, stage) => withStage(all, stage, version.id), added.versions) };
  }

  function cancelled(arn: string): Readonly<Record<string, unknown>> {
    const others = rotations.entries().filter(({ item, dueAt }) => item.secretArn === arn && dueAt > clock());
    return Object.assign({}, ...others.map((entry) => rotations.settle(entry))) as Readonly<Record<string, unknown>>;
  }

  return {
    rotations,
    find,
    open,

    async put({ accountId, region, name, description, kmsKeyId, stated, value }) {
      const digest = sealer.derive(PURPOSE, stated).toString('base64');
      const before = byName(accountId, region, name);
      const now = clock();
      const base: Secret = {
        arn: before?.arn ?? `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${suffix()}`,
        accountId,
        region,
        name,
        ...(description !== undefined && { description }),
        ...(kmsKeyId !== undefined && { kmsKeyId }),
        stated: digest,
        createdAt: before?.createdAt ?? now,
        changedAt: before?.changedAt ?? now,
        versions: before?.versions ?? {},
        ...(before?.policy !== undefined && { policy: before.policy }),
        ...(before?.rotation && { rotation: before.rotation }),
        ...(before?.rotatedAt !== undefined && { rotatedAt: before.rotatedAt }),
        ...(before?.nextRotationAt !== undefined && { nextRotationAt: before.nextRotationAt }),
      };
      const secret =
        before?.stated === digest
          ? base
          : withValue(base, newVersion(randomUUID(), { SecretString: value() }), [CURRENT]);
      await store.write(change(secret));
      return secret;
    },

    putPolicy: (arn, policy) => store.write(change({ ...found(arn), policy })),

    async putRotation(arn, rotation, immediately) {
      const secret = found(arn);
      if (JSON.stringify(secret.rotation) === JSON.stringify(rotation)) return;
      const now = clock();
      const next = rotation.rateMs === undefined ? undefined : now + rotation.rateMs;
      const { nextRotationAt: _old, ...rest } = secret;
      const due = immediately ? now : next;
      const item = { secretArn: arn, token: randomUUID() };
      await store.write({
        ...cancelled(arn),
        ...change({ ...rest, rotation, ...(next !== undefined && { nextRotationAt: next }) }),
        ...(due === undefined ? {} : rotations.accept([item], now, due)),
      });
      rotations.announce();
    },

    async putValue(secret, versionId, value, stages) {
      const known = secret.versions[versionId];
      const before = known === undefined ? undefined : open(known);
      if (known && before && JSON.stringify(before) !== JSON.stringify(value)) {
        const message = `You can't modify an existing version, you can only create a new version.`;
        throw new AwsError('ResourceExistsException', message);
      }
      const version = known && before ? known : { ...newVersion(versionId, value), stages: known?.stages ?? [] };
      const changed = known && before ? secret : withValue(secret, version, stages);
      await store.write(change(changed));
      return changed.versions[versionId] ?? version;
    },

    async moveStage(secret, stage, from, to) {
      const versions =
        to === undefined ? withoutStage(secret.versions, stage, from ?? '') : withStage(secret.versions, stage, to);
      await store.write(change({ ...secret, versions, changedAt: clock() }));
    },

    async rotate(secret, token) {
      const pending = Object.values(secret.versions).find(({ stages }) => stages.includes(PENDING));
      if (pending && !pending.stages.includes(CURRENT)) {
        const message = "A previous rotation isn't complete. That rotation will be reattempted.";
        throw new AwsError('InvalidRequestException', message);
      }
      await store.write({ ...cancelled(secret.arn), ...rotations.accept([{ secretArn: secret.arn, token }], clock()) });
      rotations.announce();
    },

    async beginRotation(secret, token) {
      if (secret.versions[token]?.stages.includes(PENDING) === true) return;
      const version = secret.versions[token] ?? newVersion(token, undefined);
      await store.write(change(withValue(secret, version, [PENDING])));
    },

    finishRotation(secret) {
      const now = clock();
      const rateMs = secret.rotation?.rateMs;
      const next = rateMs === undefined ? undefined : now + rateMs;
      const pending = Object.values(secret.versions).find(({ stages }) => stages.includes(PENDING));
      const versions = pending ? withoutStage(secret.versions, PENDING, pending.id) : secret.versions;
      const { nextRotationAt: _old, ...rest } = secret;
      const done = { ...rest, versions, rotatedAt: now, ...(next !== undefined && { nextRotationAt: next }) };
      const item = { secretArn: secret.arn, token: randomUUID() };
      return { ...change(done), ...(next === undefined ? {} : rotations.accept([item], now, next)) };
    },
  };
}

/** The six characters that tell a secret from an earlier one of its name. */
const suffix = (): string => Array.from({ length: 6 }, () => SUFFIX[randomInt(SUFFIX.length)]).join('');
