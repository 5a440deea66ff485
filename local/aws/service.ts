/**
 * What a local AWS service is made of.
 *
 * A service is a table of operations. The endpoint (`server.ts`) parses the wire protocol, verifies SigV4, finds the
 * caller, asks `access` which actions on which resources the call needs, has IAM decide each of them, and only then
 * runs `handle`. A service never authenticates and never authorizes: it only states what it needs.
 */

/** Who signed the call. Found by access key, never by anything else that the caller sends. */
export type Caller =
  | { readonly kind: 'root'; readonly accountId: string; readonly arn: string }
  | {
      readonly kind: 'session';
      readonly accountId: string;
      /** `arn:aws:sts::<account>:assumed-role/<role name>/<session name>` */
      readonly arn: string;
      readonly roleArn: string;
      /** The role's unique id, as in `aws:userid` = `<roleId>:<sessionName>`. */
      readonly roleId: string;
      readonly sessionName: string;
      readonly sessionPolicy?: string;
      readonly sourceIdentity?: string;
      readonly tags: Readonly<Record<string, string>>;
      readonly transitiveTagKeys: readonly string[];
      /** Epoch milliseconds. */
      readonly issuedAt: number;
      readonly expiresAt: number;
      /** It was made with a second factor. What it makes in turn was not. */
      readonly mfa?: true;
    };

export interface Call {
  readonly caller: Caller;
  readonly region: string;
  /** Epoch milliseconds, from the endpoint's injected clock. */
  readonly now: number;
  readonly requestId: string;
  readonly sourceIp: string;
}

/** One permission that a call needs: every entry that `access` returns must be allowed. */
export interface Access {
  /** For example `dynamodb:Query`. */
  readonly action: string;
  /** A full ARN, or `*` where the service has no resource for it. */
  readonly resource: string;
  /** Condition keys of this request beyond the global ones, for example `dynamodb:LeadingKeys`. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  /** The policy attached to the resource itself (a KMS key policy, a role's trust policy), as JSON text. */
  readonly resourcePolicy?: string;
}

export interface Operation<Input = never> {
  access(input: Input, call: Call): readonly Access[] | Promise<readonly Access[]>;
  handle(input: Input, call: Call): Promise<unknown>;
}

export interface Service {
  /** The service name in the SigV4 credential scope, for example `dynamodb`. */
  readonly signingName: string;
  readonly protocol: 'json-1.0' | 'json-1.1' | 'query';
  /** The XML namespace of a `query` service's answers, or the `X-Amz-Target` prefix of a `json` one. */
  readonly namespace: string;
  readonly operations: Readonly<Record<string, Operation>>;
  close?(): Promise<void>;
}

/** An error as AWS would answer it; `code` reaches the SDK as the error's `name`. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of a modeled exception, for example `CancellationReasons`. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 400, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** Thrown to answer nothing: the connection is cut, as when a response is lost on its way. */
export class DroppedResponse extends Error {
  constructor() {
    super('the response was dropped on purpose');
    this.name = 'DroppedResponse';
  }
}
