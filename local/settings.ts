/** What the environment says of a laptop's system. */
import { resolve } from 'node:path';
import { portsFrom, StartError } from './preflight.ts';
import type { Ports } from './preflight.ts';

export interface Settings {
  readonly ports: Ports;
  readonly home: string;
  readonly clockRate: number;
  /** An assembly that was synthesized before, for the same ports. */
  readonly assembly?: string;
}

/** Of the API, where `WRIT_PORT` names no other. */
export const DEFAULT_PORT = 4600;
const MAX_CLOCK_RATE = 1_000;

/** @throws {StartError} naming the variable and what it must be */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given = (name: string): string | undefined => environment[name] || undefined;
  const port = Number(given('WRIT_PORT') ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_533) {
    throw new StartError('WRIT_PORT must be a port from 1 to 65533; the two after it are used too');
  }
  const clockRate = Number(given('WRIT_CLOCK_RATE') ?? 1);
  if (!(clockRate >= 1 && clockRate <= MAX_CLOCK_RATE)) {
    throw new StartError(`WRIT_CLOCK_RATE must be a number from 1 to ${MAX_CLOCK_RATE}`);
  }
  const assembly = given('WRIT_ASSEMBLY');
  return {
    ports: portsFrom(port),
    home: resolve(given('WRIT_HOME') ?? '.writ'),
    clockRate,
    ...(assembly !== undefined && { assembly: resolve(assembly) }),
  };
}
