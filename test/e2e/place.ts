/** Three free ports, and the sample policies' cloud assembly for a system that listens there. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { contextOf, urlsOf } from '../../local/context.ts';
import { freePorts, portsFrom } from '../../local/preflight.ts';
import type { Ports } from '../../local/preflight.ts';
import { synthesizeApart } from '../../local/runtime/synthesis.ts';
import { madeOnce } from '../once.ts';
import { moveAssembly } from './assembly.ts';

const POLICIES = fileURLToPath(new URL('../../policies', import.meta.url));

export interface Place {
  readonly ports: Ports;
  /** Made for these ports. */
  readonly assembly: string;
}

/** Nobody listens there: what is made for them is moved before it is used. */
const UNUSED = portsFrom(61_001);

/** To make an assembly is a third of what a start costs: a run makes one, and moves it to wherever a system is. */
export async function takePlace(): Promise<Place> {
  const made = await madeOnce('assembly', (directory) =>
    synthesizeApart({ directory, context: contextOf(urlsOf(UNUSED), POLICIES) }),
  );
  const ports = await freePorts(Math.random);
  const assembly = join(inject('runDirectory'), `assembly-${ports.api}`);
  moveAssembly({ from: made, to: assembly, urls: [urlsOf(UNUSED), urlsOf(ports)] });
  return { ports, assembly };
}
