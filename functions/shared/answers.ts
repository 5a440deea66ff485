import type { PageRequest } from '../../core/ports.ts';
import type { Answer } from '../../core/usecases/deps.ts';

export const ok = (body: object, status = 200): Answer => ({ status, body: JSON.stringify(body) });

/** Epoch milliseconds as the wire has them. */
export const time = (at: number): string => new Date(at).toISOString();

export const pageOf = ({ limit, cursor }: { limit: number; cursor?: string | undefined }): PageRequest => ({
  limit,
  ...(cursor !== undefined && { cursor }),
});

/** A page of wire objects with its cursor, if there is one. */
export const pageBody = (items: readonly object[], cursor: string | undefined): object => ({
  items,
  ...(cursor !== undefined && { cursor }),
});
