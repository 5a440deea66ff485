/**
 * The environment of the functions: every variable's name, written once. The stacks set them, the composition roots
 * read them. Lambda adds its own (`AWS_REGION`, the role's credentials); a laptop adds `AWS_ENDPOINT_URL`.
 */
export const ENV = {
  /** Name of the table of grants, intents, denies and idempotency records. */
  grantsTable: 'WRIT_GRANTS_TABLE',
  /** Name of the table of audit leaves. */
  auditTable: 'WRIT_AUDIT_TABLE',
  /** The policy bundle's file, beside the function's own code. */
  bundlePath: 'WRIT_BUNDLE_PATH',
  /** Base URL that clients use, without a trailing slash. */
  publicUrl: 'WRIT_PUBLIC_URL',
  /** FIFO queue that tells the enforcer which lent role to look at. */
  revocationQueueUrl: 'WRIT_REVOCATION_QUEUE_URL',
  /** The federation endpoint that makes a console sign-in link. */
  signinUrl: 'WRIT_SIGNIN_URL',
  /** Where the sign-in link leads. */
  consoleUrl: 'WRIT_CONSOLE_URL',
  /** Name of the enforcer's role in each target account, without its path. */
  enforcerRoleName: 'WRIT_ENFORCER_ROLE_NAME',
  /** `allow`: webhooks and the ticket system may be at private addresses, and without TLS. Unset: they may not. */
  privateEndpoints: 'WRIT_PRIVATE_ENDPOINTS',
  /** Name of the event bus. */
  eventBus: 'WRIT_EVENT_BUS',
  /** ARN of the topic that mails go through. */
  messagesTopic: 'WRIT_MESSAGES_TOPIC_ARN',
  /** JSON: the generations of token-signing keys, `[{"name":"a","keys":["<key ARN>"]}]`; the first one signs at first. */
  tokenKeys: 'WRIT_TOKEN_KEYS',
  /** JSON: ARNs of the keys that sign revocation snapshots, the one that signs first. */
  snapshotKeys: 'WRIT_SNAPSHOT_KEYS',
  /** The endpoint that lent sessions must talk to, shown to clients. Set on a laptop only. */
  shownAwsEndpointUrl: 'WRIT_AWS_ENDPOINT_URL',
} as const;

export type EnvName = (typeof ENV)[keyof typeof ENV];

/** What each function is given, besides what Lambda adds. A name that is not in its row is not in its environment. */
export const FUNCTION_ENV = {
  grants: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.publicUrl],
  'aws-session': [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.publicUrl, ENV.signinUrl, ENV.consoleUrl],
  approvals: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.publicUrl, ENV.privateEndpoints],
  breakglass: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.publicUrl],
  workflow: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath],
  audit: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.publicUrl],
  public: [ENV.bundlePath, ENV.publicUrl, ENV.shownAwsEndpointUrl, ENV.tokenKeys, ENV.snapshotKeys],
  token: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.publicUrl, ENV.tokenKeys],
  resources: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.publicUrl, ENV.tokenKeys],
  snapshot: [ENV.grantsTable, ENV.auditTable, ENV.publicUrl, ENV.snapshotKeys],
  keys: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.publicUrl, ENV.tokenKeys],
  sweeper: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.revocationQueueUrl],
  relay: [ENV.revocationQueueUrl],
  herald: [ENV.grantsTable, ENV.auditTable, ENV.eventBus],
  notifier: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.publicUrl, ENV.messagesTopic, ENV.privateEndpoints],
  callbacks: [ENV.grantsTable, ENV.auditTable, ENV.bundlePath, ENV.publicUrl],
  rotation: [],
  enforcer: [ENV.grantsTable, ENV.bundlePath, ENV.enforcerRoleName],
} as const satisfies Record<string, readonly EnvName[]>;

export type Duty = keyof typeof FUNCTION_ENV;
export const DUTIES = Object.keys(FUNCTION_ENV) as readonly Duty[];

/** The default federation endpoint and console. */
export const SIGNIN_URL = 'https://signin.aws.amazon.com/federation';
export const CONSOLE_URL = 'https://console.aws.amazon.com/';
