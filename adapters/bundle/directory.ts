import type { Directory } from '../../core/chain.ts';
import { repeated } from './problems.ts';

/** What is wrong with the directory: nobody may be there twice, or be mistaken for somebody else. */
export function directoryProblems({ people, schedules }: Directory): string[] {
  const known = new Set<string>(people.map(({ id }) => id));
  const chats = people.flatMap(({ chat }) => (chat === undefined ? [] : [chat]));
  const problems = [
    ...repeated(people.map(({ id }) => id)).map((id) => {
      const persons = new Set(people.filter((one) => one.id === id).map(({ person }) => `\`${person}\``));
      return persons.size > 1
        ? `the account \`${id}\` belongs to two persons: ${[...persons].join(' and ')}`
        : `the account \`${id}\` is there twice`;
    }),
    ...repeated(chats).map((chat) => `two accounts have the chat id \`${chat}\`: a decision from chat must name one`),
    ...repeated(schedules.map(({ id }) => id)).map((id) => `two schedules have the id \`${id}\``),
    ...schedules.flatMap(({ id, people: turns }) =>
      [...new Set(turns)]
        .filter((account) => !known.has(account))
        .map((account) => `schedule \`${id}\`: there is no person \`${account}\``),
    ),
  ];
  return problems.map((problem) => `directory.json: ${problem}`);
}
