import { EXIT } from '../exit.ts';
import { CliFailure, usage } from '../failure.ts';
import type { AgentKey } from './key.ts';

/**
 * The key that is meant: the one named by its fingerprint, its comment or Writ's id for it, else the only one that was
 * registered from here, else the only one that the agent has.
 *
 * @throws CliFailure `no_key`, or `usage` when several fit
 */
export function chooseKey(
  keys: readonly AgentKey[],
  named: string | undefined,
  registered: readonly string[],
): AgentKey {
  const fitting =
    named === undefined
      ? (nonEmpty(keys.filter(({ id }) => registered.includes(id))) ?? keys)
      : keys.filter((key) => [key.fingerprint, key.comment, key.id].includes(named));
  const [key, ...others] = fitting;
  if (!key) {
    const which = named === undefined ? 'an ECDSA P-256 key' : `the key "${named}"`;
    throw new CliFailure(
      EXIT.notFound,
      'no_key',
      `the SSH agent has not got ${which}`,
      `Plug it in and add it. ${keys.length > 0 ? `There are: ${listOf(keys)}` : 'See: ssh-add -l, docs/break-glass.md'}`,
    );
  }
  if (others.length === 0) return key;
  throw usage(`several keys fit: ${listOf(fitting)}`, `Name one: --key ${key.fingerprint}`);
}

const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

const listOf = (keys: readonly AgentKey[]): string =>
  keys.map(({ fingerprint, comment }) => `${fingerprint} (${comment})`).join(', ');
