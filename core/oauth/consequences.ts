import type { TokenKind } from '../entitlement.ts';
import { audiencesOf } from './authority.ts';

/** What follows from how an entitlement's tokens work, in plain words, for the person who decides. */
export function tokenConsequences({ ceiling, terms, limits }: TokenKind): readonly string[] {
  const { lifetimeSeconds, maxUsesPerToken, refresh, bearer, maxDepth } = terms;
  const renewal = refresh ? ' It is renewed without asking again while the grant lasts.' : '';
  return [
    `It is used by tokens for ${audiencesOf(ceiling).join(', ')}, each good for at most ${lifetimeSeconds} seconds.${renewal}`,
    ...(limits.maxUses === undefined ? [] : [`It can be used ${times(limits.maxUses)} in all.`]),
    ...(maxUsesPerToken === undefined ? [] : [`Each token works ${times(maxUsesPerToken)}.`]),
    bearer ? 'A token may work for whoever has it.' : 'A token works only for the client that it was given to.',
    ...(maxDepth === 0 ? [] : [`It can be lent on, from hand to hand ${times(maxDepth)} at most.`]),
  ];
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
