/**
 * What a deployment made: what the gateway, the event sources and the functions' pools run from.
 */
import type { RoleSpec } from '../../aws/iam/roles.ts';
import type { KmsKey } from '../../aws/kms/keys.ts';
import type { QueueSpecification } from '../../aws/sqs/queues.ts';
import type { Json } from '../json.ts';

/** A Lambda function as its template states it. */
export interface FunctionSpec {
  readonly arn: string;
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  /** The bundle as built for Lambda. */
  readonly directory: string;
  /** `<file>.<export>` */
  readonly handler: string;
  readonly roleArn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Queue that gets the events of asynchronous invocations that were given up. */
  readonly deadLetterArn?: string;
}

/** How a function takes asynchronous invocations. */
export interface InvokeConfig {
  readonly maxRetries: number;
  readonly maxAgeMs: number;
  /** Queue that is told of invocations that were given up. */
  readonly onFailureArn?: string;
}

/** Who besides its own account's roles may invoke a function. */
export interface Permission {
  readonly functionArn: string;
  /** A service principal, such as `apigateway.amazonaws.com`. */
  readonly principal: string;
  /** With `*` as wildcard; absent means any source. */
  readonly sourceArn?: string;
}

/** A stream or a queue that feeds a function. */
export interface EventSourceSpec {
  readonly id: string;
  readonly sourceArn: string;
  readonly functionArn: string;
  readonly batchSize: number;
  /** Seconds that Lambda may wait for a batch to fill. */
  readonly windowSeconds: number;
  /** EventBridge filter patterns, one of which a record must match; none means that all pass. */
  readonly filters: readonly Json[];
  readonly reportsItemFailures: boolean;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** Retries of a stream's batch; -1 until it expires. */
  readonly maxRetries: number;
  readonly bisectsOnError: boolean;
  /** Queue that is told of batches that were given up. */
  readonly onFailureArn?: string;
}

export interface ScheduleSpec {
  readonly arn: string;
  /** What Scheduler states as its source when it takes the role. */
  readonly groupArn: string;
  readonly rateMs: number;
  readonly targetArn: string;
  readonly roleArn: string;
  /** JSON text. */
  readonly input: string;
}

export interface MethodSpec {
  readonly apiId: string;
  readonly resourceId: string;
  /** An HTTP method, or `ANY`. */
  readonly httpMethod: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
  /** `method.request.header.X` and the like; true where it is required. */
  readonly parameters: Readonly<Record<string, boolean>>;
  /** Model names by content type. */
  readonly models: Readonly<Record<string, string>>;
  readonly validatorId?: string;
}

export interface GatewayResponseSpec {
  readonly statusCode?: number;
  /** Header values, without the `gatewayresponse.header.` and the quotes. */
  readonly headers: Readonly<Record<string, string>>;
  /** Templates by content type. */
  readonly templates: Readonly<Record<string, string>>;
}

/** A REST API: filled in by its parts, which come after it. */
export interface RestApi {
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  readonly resources: Map<string, { readonly parentId: string; readonly pathPart: string }>;
  readonly methods: MethodSpec[];
  /** JSON Schemas (draft 4) by model name. */
  readonly models: Map<string, Json>;
  readonly validators: Map<string, { readonly body: boolean; readonly parameters: boolean }>;
  /** By response type, such as `MISSING_AUTHENTICATION_TOKEN`. */
  readonly responses: Map<string, GatewayResponseSpec>;
  readonly stages: string[];
}

/**
 * State machines are not in it: they run from the local AWS. A rule or schedule whose target is one starts an execution
 * by `executionStarter` (`runtime/sources/state-machines.ts`), in the name of its role.
 */
export interface Deployment {
  readonly functions: Map<string, FunctionSpec>;
  /** By function ARN. */
  readonly invokeConfigs: Map<string, InvokeConfig>;
  readonly permissions: Permission[];
  readonly eventSources: EventSourceSpec[];
  readonly schedules: ScheduleSpec[];
  readonly apis: Map<string, RestApi>;
  /** By ARN. Policies add to them, so IAM gets them when their stack is complete. */
  readonly roles: Map<string, RoleSpec>;
  /** By key id. */
  readonly keys: Map<string, KmsKey>;
  /** By URL. */
  readonly queues: Map<string, QueueSpecification>;
  /** Values by export name. */
  readonly exports: Map<string, Json>;
}

export function emptyDeployment(): Deployment {
  return {
    functions: new Map(),
    invokeConfigs: new Map(),
    permissions: [],
    eventSources: [],
    schedules: [],
    apis: new Map(),
    roles: new Map(),
    keys: new Map(),
    queues: new Map(),
    exports: new Map(),
  };
}
