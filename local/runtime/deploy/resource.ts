/** What the handler of a resource type is given, and what it gives back. */
import { createHash } from 'node:crypto';
import type { RoleSpec } from '../../aws/iam/roles.ts';
import type { TableDefinition } from '../../aws/dynamodb/table.ts';
import type { Deployment } from './deployment.ts';

/** The services of the local AWS that templates fill. Each call may be repeated; what exists is kept. */
export interface Backends {
  putRole(role: RoleSpec): Promise<void>;
  putManagedPolicy(arn: string, document: string): Promise<void>;
  putTable(place: Place, table: TableDefinition): Promise<{ readonly arn: string; readonly streamArn?: string }>;
  putKey(place: Place, key: KeySpec): Promise<{ readonly keyId: string; readonly arn: string }>;
  putAlias(place: Place, name: string, keyId: string): Promise<void>;
  putQueue(place: Place, queue: QueueSpec): Promise<{ readonly url: string; readonly arn: string }>;
  putQueuePolicy(queueUrl: string, document: string): Promise<void>;
}

export interface Place {
  readonly accountId: string;
  readonly region: string;
}

export interface KeySpec {
  /** Names the key within its account and Region, the same in every deployment. */
  readonly name: string;
  readonly keySpec: string;
  readonly keyUsage: string;
  readonly policy: string;
  readonly multiRegion: boolean;
  readonly description: string;
}

export interface QueueSpec {
  readonly name: string;
  /** As SQS's `CreateQueue` takes them: text, by attribute name. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface ResourceContext extends Place {
  readonly stack: string;
  readonly logicalId: string;
  readonly assets: ReadonlyMap<string, string>;
  readonly backends: Backends;
  readonly deployment: Deployment;
}

/** What `Ref` and `Fn::GetAtt` answer for the resource. */
export interface Deployed {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** @throws {z.ZodError} for properties that the local runtime does not understand */
export type Deploy = (properties: unknown, context: ResourceContext) => Promise<Deployed>;

/** The name of a resource that its template does not name: the same at each start. */
export const physicalName = ({ stack, logicalId }: ResourceContext): string => `${stack}-${logicalId}`;

/** An id as AWS would make one: letters and digits, stable over restarts. */
export function physicalId({ accountId, stack, logicalId }: ResourceContext, length: number): string {
  const digest = createHash('sha256').update(`${accountId}/${stack}/${logicalId}`).digest();
  return [...digest.subarray(0, length)].map((byte) => (byte % 36).toString(36)).join('');
}
