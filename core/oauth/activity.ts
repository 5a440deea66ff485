import type { Leaf } from '../leaf.ts';
import type { Page, PageRequest } from '../ports.ts';

/** What a resource server says was done under a token. */
export interface Activity {
  /** Its leaf's id. */
  readonly id: string;
  readonly grantId: string;
  readonly jti: string;
  /** The client that told of it. */
  readonly server: string;
  readonly operation: string;
  /** To what, by its id. May name a person: it is kept beside the grant and not in the log. */
  readonly resource: string;
  readonly outcome: 'succeeded' | 'failed' | 'refused';
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface ActivityStore {
  /** With its leaf, once per request: repeated, the first one is the answer. */
  record(change: {
    readonly activity: Activity;
    readonly requestSha256: string;
    readonly leaf: Leaf;
  }): Promise<Activity>;
  /** Of a grant, in the order in which they were told. */
  activitiesOf(grantId: string, page: PageRequest): Promise<Page<Activity>>;
}

const OPERATION = /^[a-z][a-z0-9-]{0,31}:[a-z][a-z0-9-]{0,63}$/;
/** An operation or scope such as `password:reset`. */
export const isOperation = (text: string): boolean => OPERATION.test(text);
