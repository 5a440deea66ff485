/**
 * The two tables' layout, written once: the adapters read and write by it, the Data stack creates by it.
 *
 * `writ-grants`
 *
 *     pk                    sk                          item          indexes
 *     GRANT#<grant id>      GRANT                       grant         byRequester, byBucket, due (while time can move
 *                                                                     it), byQuestion (while people are asked),
 *                                                                     bySubject (where it acts for somebody)
 *     GRANT#<grant id>      INTENT#<intent id>          intent        due (while open)
 *     GRANT#<grant id>      GUARD#<0 to 7>              what issuing of tokens checks: copies of status, version,
 *                                                       narrowings
 *     GRANT#<grant id>      CHILD#<grant id>            pointer to a grant that was lent on from it
 *     TOKENS#<grant id>     TOKEN#<token id>            token
 *     TOKENS#<grant id>     SPENT#<token id>#<sha256>   one use of a token, by the resource server's name for it
 *     TOKENS#<grant id>     ACTIVITY#<leaf id>          activity that a resource server told of
 *     TOKENS#<grant id>     TOLD#<sha256>               mark of the request that told of it
 *     REVOKED#<0 to 3>      <until, 15 digits>#<kind>#<id>  what ended early, until its tokens are over anyway
 *     STATUS#<index>        STATUS                      entry of the status list, and until when it is taken
 *     FAMILY#<id>           FAMILY                      family of refresh tokens
 *     MARK#<kind>#<sha256>  MARK                        DPoP proof or client assertion that was presented
 *     RATE#<sha256>         <minute, 15 digits>         requests in a minute
 *     KEYRING               KEYRING                     which generation of keys signs tokens
 *     SNAPSHOT              SNAPSHOT                    signed revocation snapshot
 *     ROLE#<role ARN>       DENY#SOURCE#<id>            deny of a grant's sessions
 *     ROLE#<role ARN>       DENY#SESSION#<name>         deny of one attempt's session
 *     IDEMPOTENCY#<sha256>  IDEMPOTENCY                 idempotency record
 *     PENDING#<person>      PENDING                     ids of the person's pending grants
 *     BREAKGLASS            USE#<person>                the person's break-glass use that waits for its review
 *     SUBJECT#<principal>   CONSENT#<entitlement>#<id>  remembered consent
 *     SUBJECT#<principal>   USE#<consent id>#<grant id>  pointer from a consent to a grant that rests on it
 *     TICKET#<ticket>       GRANT#<grant id>            pointer from a ticket to a grant
 *     ONCE#<sha256>         ONCE                        mark of something that may happen once
 *     COUNT#<sha256>        <time, 15 digits>#<id>      occurrence of something that is counted
 *     WAIT#<grant id>       WAIT                        token of the workflow that waits for people
 *     KEY#<key id>          KEY                         sealed key
 *     KEYS#<principal>      KEY#<key id>                pointer from an owner to a sealed key
 *
 * `writ-audit`
 *
 *     pk                    sk                                        item   indexes
 *     <stream>              <version, 12 digits>#0                    transition leaf   byDay
 *     <stream>              <version, 12 digits>#1#<leaf id>          event leaf        byDay
 *
 * A stream has room for one transition leaf per version, so two writers can't both make the same version.
 */

/** What an item is: attribute `type` of every item in `writ-grants`. */
export const ITEM_TYPE = {
  grant: 'grant',
  intent: 'intent',
  deny: 'deny',
  idempotency: 'idempotency',
  pending: 'pending',
  breakGlassUse: 'breakGlassUse',
  consent: 'consent',
  consentUse: 'consentUse',
  ticket: 'ticket',
  once: 'once',
  occurrence: 'occurrence',
  wait: 'wait',
  sealedKey: 'sealedKey',
  keyOwner: 'keyOwner',
  guard: 'guard',
  token: 'token',
  ended: 'ended',
  spent: 'spent',
  revoked: 'revoked',
  activity: 'activity',
  told: 'told',
  child: 'child',
  statusSlot: 'statusSlot',
  family: 'family',
  mark: 'mark',
  rate: 'rate',
  keyRing: 'keyRing',
  snapshot: 'snapshot',
} as const;

export type AttributeType = 'S' | 'N';

export interface KeyAttribute {
  readonly name: string;
  readonly type: AttributeType;
}

export interface IndexLayout {
  readonly name: string;
  readonly partitionKey: KeyAttribute;
  readonly sortKey: KeyAttribute;
  /** `ALL`, or the attributes that the index carries besides the keys. */
  readonly projection: 'ALL' | readonly string[];
}

export interface TableLayout {
  readonly name: string;
  readonly partitionKey: KeyAttribute;
  readonly sortKey: KeyAttribute;
  readonly indexes: Readonly<Record<string, IndexLayout>>;
  /** Epoch seconds. Only cleans up: whoever reads an item checks its times. Absent where items stay. */
  readonly ttlAttribute?: string;
  /** `StreamViewType`; absent where there is no stream. */
  readonly stream?: 'NEW_IMAGE';
}

const TTL = 'ttl';
const PK: KeyAttribute = { name: 'pk', type: 'S' };
const SK: KeyAttribute = { name: 'sk', type: 'S' };

/** Everything that changes, and what is kept beside it. */
export const GRANTS_TABLE = {
  name: 'writ-grants',
  partitionKey: PK,
  sortKey: SK,
  indexes: {
    /** A requester's grants by time of request. */
    byRequester: {
      name: 'byRequester',
      partitionKey: { name: 'requesterId', type: 'S' },
      sortKey: { name: 'position', type: 'S' },
      projection: 'ALL',
    },
    /** All pending, live or ended grants by time of request. */
    byBucket: {
      name: 'byBucket',
      partitionKey: { name: 'bucket', type: 'S' },
      sortKey: { name: 'position', type: 'S' },
      projection: 'ALL',
    },
    /** Sparse: grants with a question that people are asked now, by what is asked for and its stage. */
    byQuestion: {
      name: 'byQuestion',
      partitionKey: { name: 'question', type: 'S' },
      sortKey: { name: 'position', type: 'S' },
      projection: 'ALL',
    },
    /** Sparse: grants that act for somebody, by whom. */
    bySubject: {
      name: 'bySubject',
      partitionKey: { name: 'subjectId', type: 'S' },
      sortKey: { name: 'position', type: 'S' },
      projection: 'ALL',
    },
    /** Sparse: what the sweeper will have to look at, by when. `dueKind` is `grant` or `intent`. */
    due: {
      name: 'due',
      partitionKey: { name: 'dueKind', type: 'S' },
      sortKey: { name: 'dueAt', type: 'N' },
      projection: ['id', 'type', 'grantId', 'version', 'kind', 'roleArn', 'createdAt', 'latestExpiry', 'intentState'],
    },
  },
  ttlAttribute: TTL,
  stream: 'NEW_IMAGE',
} as const satisfies TableLayout;

/** Audit leaves. Append-only: nothing in Writ updates or deletes an item of it, and it has no TTL. */
export const AUDIT_TABLE = {
  name: 'writ-audit',
  partitionKey: PK,
  sortKey: SK,
  indexes: {
    /** All leaves of a UTC day (`YYYY-MM-DD`) by id. */
    byDay: {
      name: 'byDay',
      partitionKey: { name: 'day', type: 'S' },
      sortKey: { name: 'id', type: 'S' },
      projection: 'ALL',
    },
  },
  stream: 'NEW_IMAGE',
} as const satisfies TableLayout;

/**
 * Filter of the relay's event source mapping: new denies and nothing else
 * (https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html).
 */
export const NEW_DENY_FILTER = {
  eventName: ['INSERT'],
  dynamodb: { NewImage: { type: { S: [ITEM_TYPE.deny] } } },
} as const;

/** Filter of the snapshot builder's event source mapping: tokens that ended early, and nothing else. */
export const NEWLY_REVOKED_FILTER = {
  eventName: ['INSERT'],
  dynamodb: { NewImage: { type: { S: [ITEM_TYPE.revoked] } } },
} as const;

const DAY_SECONDS = 24 * 3600;

/** How long items stay after they stopped mattering, in seconds. The audit log keeps what happened for good. */
export const KEEP_SECONDS = {
  /** After its end: a year's audit still finds the justification beside the leaves. */
  grant: 400 * DAY_SECONDS,
  /** After the last possible expiry of its session. Leaves tell of it from then on. */
  intent: 30 * DAY_SECONDS,
  /** After the last session that it denies is dead. */
  deny: DAY_SECONDS,
  /** After a request was made: longer than any waits for people. */
  pending: 400 * DAY_SECONDS,
  /** After it could last be used, so that grants that rested on it can be explained. */
  consent: 400 * DAY_SECONDS,
  /** After it left the time that is looked back on. */
  occurrence: DAY_SECONDS,
  /** After a child was asked for: longer than any may live. */
  pointer: 400 * DAY_SECONDS,
  /** After its expiry, with its uses and its refresh family. Leaves tell of it from then on. */
  token: DAY_SECONDS,
  /** After the last token that it tells of is over. */
  revoked: 3600,
  /** After the minute that is counted. */
  rate: 3600,
} as const;
