/**
 * The provider keeps the request that it is at in asynchronous context. Until Node 24 that makes every promise of this
 * thread dearer from the first request on, also the many that have nothing to do with signing in: so the context is
 * switched off whenever no request is under way. The next one switches it on.
 */
import storage from 'oidc-provider/lib/helpers/als.js';

let underWay = 0;

export async function unhooked<T>(answer: () => Promise<T>): Promise<T> {
  underWay += 1;
  try {
    return await answer();
  } finally {
    underWay -= 1;
    if (underWay === 0) storage.disable();
  }
}
