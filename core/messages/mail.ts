import type { PolicyBundle } from '../bundle.ts';
import type { News } from './news.ts';
import { linkTo } from './news.ts';
import { subjectLine, timeText } from './text.ts';
import type { Fact } from './wording.ts';
import { commandsOf, factsOf, headline } from './wording.ts';

/** Plain text: no part of it is markup. */
export interface Mail {
  /** At most 100 printable ASCII characters. */
  readonly subject: string;
  readonly text: string;
}

/** How many news a mail tells in full; of the others it has the line in the table. */
const IN_FULL = 20;

const FOOTER =
  'Opening a link decides nothing. You are told because of your part in this; Writ never asks for a password.';

/** One mail with all the news there are for somebody: as a text, or as a table with the texts below it. */
export function mailOf(bundle: PolicyBundle, publicUrl: string, news: readonly [News, ...News[]]): Mail {
  const [first, ...others] = news;
  if (others.length === 0) {
    const text = [sentence(headline(bundle, first)), '', section(bundle, publicUrl, first), '', FOOTER].join('\n');
    return { subject: subjectLine(`Writ: ${headline(bundle, first)}`), text };
  }
  const rows = news.map((one): Row => [timeText(one.occurrence.at), one.grant?.id ?? '-', headline(bundle, one)]);
  const full = news.slice(0, IN_FULL).map((one, index) => {
    return [`${index + 1}. ${sentence(headline(bundle, one))}`, '', section(bundle, publicUrl, one)].join('\n');
  });
  const asked = news.filter(({ asking }) => asking).length;
  const title = `Writ: ${news.length} news${asked > 0 ? `, ${asked} to decide` : ''}`;
  return {
    subject: subjectLine(title),
    text: [table(rows), '', ...full.flatMap((text) => [text, '']), FOOTER].join('\n'),
  };
}

const sentence = (text: string): string => `${text}.`;

function section(bundle: PolicyBundle, publicUrl: string, news: News): string {
  const link = linkTo(publicUrl, news);
  const commands = [...commandsOf(news), ...(link === undefined ? [] : [['Help', link] as const])];
  return [aligned(factsOf(bundle, news)), ...(commands.length > 0 ? ['', aligned(commands)] : [])].join('\n');
}

function aligned(facts: readonly Fact[]): string {
  const width = Math.max(0, ...facts.map(([label]) => label.length)) + 2;
  return facts.map(([label, text]) => `  ${`${label}:`.padEnd(width)}${text}`).join('\n');
}

type Row = readonly [time: string, grant: string, what: string];

const table = (rows: readonly Row[]): string => {
  const head: Row = ['When', 'Grant', 'What'];
  const [first, second] = [0, 1].map((column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  return [head, ...rows]
    .map(([time, grant, what]) => `${time.padEnd((first ?? 0) + 2)}${grant.padEnd((second ?? 0) + 2)}${what}`)
    .join('\n');
};
