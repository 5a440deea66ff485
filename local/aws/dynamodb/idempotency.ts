/**
 * `ClientRequestToken` of TransactWriteItems: for ten minutes the same token and actions answer the same, and change
 * nothing again.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { AwsError } from '../service.ts';
import { put } from './change.ts';
import type { Engine } from './engine.ts';
import { everything, padded, tokenExpiryKey, tokenKey } from './layout.ts';
import type { WriteOperation } from './store.ts';

const WINDOW_MS = 10 * 60 * 1000;

interface TokenRecord {
  readonly actionsSha256: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Canonical, so that the order in which a client writes its members is no matter. */
export function actionsSha256(actions: readonly unknown[]): string {
  const text = canonicalize(actions);
  if (text === undefined) throw new TypeError('the actions are not JSON');
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Whether these actions were committed under this token. Within the writer.
 *
 * @throws IdempotentParameterMismatchException where the token came with other actions
 */
export function isRepeat(engine: Engine, accountId: string, token: string, sha256: string): boolean {
  const stored = engine.store.get(tokenKey(accountId, token));
  if (stored === undefined) return false;
  const record = JSON.parse(stored) as TokenRecord;
  if (record.expiresAt <= engine.clock()) return false;
  if (record.actionsSha256 === sha256) return true;
  throw new AwsError(
    'IdempotentParameterMismatchException',
    'Request parameters do not match those of the first request with this client token',
  );
}

/** Goes into the batch of the transaction itself. */
export function tokenWrites(
  engine: Engine,
  accountId: string,
  token: string,
  sha256: string,
): readonly WriteOperation[] {
  const expiresAt = engine.clock() + WINDOW_MS;
  const key = tokenKey(accountId, token);
  const record: TokenRecord = { actionsSha256: sha256, expiresAt };
  return [put(key, JSON.stringify(record)), put(tokenExpiryKey(expiresAt, key), '')];
}

/** Forgets tokens whose time is over. A token used again since then has a later end, and stays. */
export async function sweepTokens(engine: Engine): Promise<void> {
  const { store } = engine;
  await store.exclusively(async () => {
    const now = engine.clock();
    const gone: WriteOperation[] = [];
    for await (const [expiryKey] of store.entries({ gte: everything('e!').gte ?? '', lt: `e!${padded(now + 1)}` })) {
      gone.push({ type: 'del', key: expiryKey });
      const key = expiryKey.split('!').slice(2).join('!');
      const stored = store.get(key);
      if (stored !== undefined && (JSON.parse(stored) as TokenRecord).expiresAt <= now) gone.push({ type: 'del', key });
    }
    if (gone.length > 0) await store.commit(gone);
  });
}
