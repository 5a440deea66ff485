/**
 * The sample policies' cloud assembly, once for each of vitest's workers and not for each file: making it is a third of
 * what a start costs. It holds the addresses of its system, so a worker keeps its ports from one file to the next.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { contextOf, urlsOf } from '../../local/context.ts';
import { checkPorts, freePorts, portsFrom, StartError } from '../../local/preflight.ts';
import type { Ports } from '../../local/preflight.ts';
import { synthesizeApart } from '../../local/runtime/synthesis.ts';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));

export interface Place {
  readonly ports: Ports;
  /** Made for these ports. Other files use it too: it is only read. */
  readonly assembly: string;
}

/** The first ports of the places that this file uses now. */
const used = new Set<number>();

/** Ports that are free, with an assembly for them: one that another file of this worker has used, or a new one. */
export async function takePlace(): Promise<Place> {
  // The files of a worker run one after the other: nobody else works in its directory.
  const directory = join(inject('runDirectory'), `worker-${process.env['VITEST_POOL_ID'] ?? ''}`);
  mkdirSync(directory, { recursive: true });
  const made = readdirSync(directory).map(Number);
  for (const first of made) {
    if (used.has(first)) continue;
    used.add(first);
    const place = placeIn(directory, portsFrom(first));
    if (existsSync(join(place.assembly, 'manifest.json')) && (await areFree(place.ports))) return place;
    used.delete(first);
  }
  const place = placeIn(directory, await freePorts(Math.random));
  used.add(place.ports.api);
  await synthesizeApart({ directory: place.assembly, context: contextOf(urlsOf(place.ports), POLICIES) });
  return place;
}

/** To be called when nothing listens there any more. */
export function leavePlace({ ports }: Place): void {
  used.delete(ports.api);
}

const placeIn = (directory: string, ports: Ports): Place => ({ ports, assembly: join(directory, String(ports.api)) });

async function areFree(ports: Ports): Promise<boolean> {
  try {
    await checkPorts(ports);
    return true;
  } catch (error) {
    if (error instanceof StartError) return false;
    throw error;
  }
}
