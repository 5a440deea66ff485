import { onTestFinished } from 'vitest';
import type { OAuthClient } from '../../../core/oauth/client.ts';
import type { TokenSystem } from './sender.ts';

/** What is otherwise for the time of one test. All systems of a process share one bundle and one engine. */

export function during<T extends object>(target: T, over: Partial<T>): void {
  const before = Object.fromEntries(Object.keys(over).map((name) => [name, target[name as keyof T]]));
  onTestFinished(() => void Object.assign(target, before));
  Object.assign(target, over);
}

export function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there');
  return value;
}

/** A client of the samples that is registered otherwise. */
export function registered({ deps }: TokenSystem, client: string, over: Partial<OAuthClient>): void {
  during<OAuthClient>(required(deps.engine.bundle.clients.find(({ id }) => id === client)), over);
}
