/**
 * Versions of a secret and their staging labels. A label is on one version at a time; a version without one is gone.
 * Pure.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
 */
export interface Version {
  readonly id: string;
  readonly stages: readonly string[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Absent while a rotation is still to make the value. */
  readonly sealed?: string;
}
export type Versions = Readonly<Record<string, Version>>;

export const CURRENT = 'AWSCURRENT';
export const PENDING = 'AWSPENDING';
const PREVIOUS = 'AWSPREVIOUS';

/** Moves a label to a version. The version that was current before becomes the previous one. */
export function withStage(versions: Versions, stage: string, id: string): Versions {
  const before = Object.values(versions).find(({ stages }) => stages.includes(stage));
  const moved = relabelled(versions, stage, id);
  const isNewCurrent = stage === CURRENT && before !== undefined && before.id !== id;
  return staged(isNewCurrent ? relabelled(moved, PREVIOUS, before.id) : moved);
}

/** Takes a label off a version. */
export function withoutStage(versions: Versions, stage: string, id: string): Versions {
  return staged(
    mapped(versions, (version) =>
      version.id === id ? { ...version, stages: version.stages.filter((other) => other !== stage) } : version,
    ),
  );
}

function relabelled(versions: Versions, stage: string, id: string): Versions {
  return mapped(versions, (version) => {
    const others = version.stages.filter((other) => other !== stage);
    return { ...version, stages: version.id === id ? [...others, stage] : others };
  });
}

const mapped = (versions: Versions, change: (version: Version) => Version): Versions =>
  Object.fromEntries(Object.entries(versions).map(([id, version]) => [id, change(version)]));

const staged = (versions: Versions): Versions =>
  Object.fromEntries(Object.entries(versions).filter(([, { stages }]) => stages.length > 0));
