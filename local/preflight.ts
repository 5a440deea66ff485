/** What can be known to be wrong before anything is started. */
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

/** What the person who started it can put right. One line. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartError';
  }
}

export const HOST = '127.0.0.1';

/** The three ports, from the first: the API, the AWS endpoint, the issuer. */
export interface Ports {
  readonly api: number;
  readonly aws: number;
  readonly issuer: number;
}

/** What each port is for, as messages name it. */
export const PORT_NAMES: Readonly<Record<keyof Ports, string>> = {
  api: 'the API',
  aws: 'the local AWS',
  issuer: 'the OIDC issuer',
};

export const portsFrom = (first: number): Ports => ({ api: first, aws: first + 1, issuer: first + 2 });

/** @throws {StartError} naming the first port that is taken */
export async function checkPorts(ports: Ports): Promise<void> {
  for (const [name, port] of Object.entries(ports) as [keyof Ports, number][]) {
    if (!(await isFree(port))) throw portBusy(name, port);
  }
}

export function portBusy(name: keyof Ports, port: number): StartError {
  return new StartError(
    `port ${port} is busy, and ${PORT_NAMES[name]} needs it. Stop what uses it, or choose others: WRIT_PORT=5600`,
  );
}

/** Below the range from which the system hands out ports of its own. */
const CHOICE = { from: 20_000, to: 32_000 };

/** The first of three free ports in a row. For tests and benchmarks. @param random in [0, 1) */
export async function freePorts(random: () => number): Promise<Ports> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const ports = portsFrom(CHOICE.from + Math.floor(random() * (CHOICE.to - CHOICE.from)));
    const free = await Promise.all(Object.values(ports).map((port: number) => isFree(port)));
    if (free.every(Boolean)) return ports;
  }
  throw new StartError('no three free ports in a row were found');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen(port, HOST, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}

/** One level at a time: Node's own recursion never ends where the system says of each that its parent is missing (`/proc/x`). */
function makeDirectory(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  if (found) throw new Error('it is a file');
  if (dirname(path) !== path) makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** Makes the state directory where it is missing. @throws {StartError} when nothing can be written there */
export function checkHome(home: string): void {
  try {
    makeDirectory(home);
    accessSync(home, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`the state directory \`${home}\` can't be written (${why}). Choose another: WRIT_HOME=…`);
  }
}

/** Where the functions' logs are, and the local process's own: `local.log`. */
export const logsIn = (home: string): string => join(home, 'logs');

/** The local one answers beside everything else that starts: on a busy machine that takes seconds. */
const PATIENCE_MS = 30_000;

/** @throws {StartError} when an issuer does not answer as one: nobody could sign in */
export async function checkIssuers(
  issuers: readonly { readonly issuer: string; readonly jwksUri: string }[],
): Promise<void> {
  await Promise.all(
    issuers.map(async ({ issuer, jwksUri }) => {
      const why = await problemOf(jwksUri);
      if (why !== undefined) throw new StartError(`the issuer ${issuer} is dead: ${jwksUri} ${why}`);
    }),
  );
}

async function problemOf(jwksUri: string): Promise<string | undefined> {
  try {
    const response = await fetch(jwksUri, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' });
    if (!response.ok) return `answers ${response.status}`;
    const keys: unknown = await response.json();
    const valid = typeof keys === 'object' && keys !== null && 'keys' in keys && Array.isArray(keys.keys);
    return valid ? undefined : 'holds no keys';
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return `can't be read (${cause})`;
  }
}
