/** What `npm start` says to people. It reads the same without colours. */
import pc from 'picocolors';
import { OAUTH_PATHS } from '../contract/metadata.ts';
import { ACCOUNTS } from './oidc/people.ts';
import type { Urls } from './context.ts';
import { DEFAULT_PORT } from './settings.ts';

type Colours = Pick<typeof pc, 'bold' | 'dim' | 'green' | 'cyan'>;

/** Colours for a stream: none where it is no terminal, or where `NO_COLOR` is set (no-color.org). */
export function coloursFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Colours {
  const off = environment['NO_COLOR'];
  return pc.createColors(stream.isTTY === true && (off === undefined || off === ''));
}

export function stepLine(step: string, durationMs: number, { green, dim }: Colours): string {
  return `${green('✓')} ${step} ${dim(`${(durationMs / 1000).toFixed(1)} s`)}`;
}

export interface BannerFacts extends Urls {
  readonly home: string;
}

export function banner({ api, aws, issuer, home }: BannerFacts, { bold, dim, cyan }: Colours): string {
  const people = ACCOUNTS.map(({ name, title }) => `  ${bold(name.padEnd(10))} ${title}`);
  return [
    '',
    bold('Writ is running on this computer'),
    '',
    `  API           ${cyan(api)}`,
    `  OAuth         ${cyan(`${api}${OAUTH_PATHS.metadata}`)}`,
    `  local AWS     ${cyan(aws)}  ${dim('make-believe accounts 111122223333 and 444455556666, us-east-1')}`,
    `  OIDC issuer   ${cyan(issuer)}`,
    `  state, logs   ${home}`,
    '',
    'Who can sign in:',
    ...people,
    '',
    'Next, in another terminal:',
    ...nextAt(api).map((command) => `  ${bold(command)}`),
    '',
    dim('Ctrl-C stops it. What was done stays, and is there at the next start.'),
    '',
  ].join('\n');
}

/** The command line looks for the API at its usual port, so that another must be said. */
const nextAt = (api: string): readonly string[] => {
  const { port } = new URL(api);
  return port === String(DEFAULT_PORT) ? NEXT : [`export WRIT_PORT=${port}`, ...NEXT];
};

const NEXT = [
  'npx writ login --user alice',
  'npx writ request orders-read --param customer=C-42 --for 10m --reason "INC-42: order missing"',
  'npx writ sudo -- node examples/query-orders.mjs C-42',
  'npx writ done',
];
