/** What the handler of a resource type is given, and what it gives back. */
import { createHash } from 'node:crypto';
import type { RoleSpec } from '../../aws/iam/roles.ts';
import type { TableDefinition } from '../../aws/dynamodb/table.ts';
import type { EventBuses } from '../../aws/events/buses.ts';
import type { KeySpecification, KmsKey } from '../../aws/kms/keys.ts';
import type { Secrets } from '../../aws/secrets/secrets.ts';
import type { Topics } from '../../aws/sns/topics.ts';
import type { QueueSpecification } from '../../aws/sqs/queues.ts';
import type { StateMachineSpec } from '../../aws/states/machines.ts';
import type { Deployment } from './deployment.ts';

/** The services of the local AWS that templates fill. Each call may be repeated; what exists is kept. */
export interface Backends {
  putRole(role: RoleSpec): Promise<void>;
  putManagedPolicy(arn: string, document: string): Promise<void>;
  putTable(place: Place, table: TableDefinition): Promise<{ readonly arn: string; readonly streamArn?: string }>;
  putKey(key: KeySpecification): Promise<KmsKey>;
  putAlias(key: KmsKey, alias: string): Promise<void>;
  putQueue(queue: QueueSpecification): Promise<{ readonly arn: string }>;
  putStateMachine(machine: StateMachineSpec): Promise<{ readonly arn: string }>;
  readonly buses: Pick<EventBuses, 'put' | 'putStatement' | 'putRule' | 'byArn'>;
  readonly topics: Pick<Topics, 'put' | 'putPolicy' | 'subscribe'>;
  readonly secrets: Pick<Secrets, 'put' | 'putPolicy' | 'putRotation'>;
  /** Where the queues are: their URLs are `<origin>/<account>/<name>`. */
  readonly queueOrigin: string;
}

export interface Place {
  readonly accountId: string;
  readonly region: string;
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
export const physicalName = ({ stack, logicalId }: Pick<ResourceContext, 'stack' | 'logicalId'>): string =>
  `${stack}-${logicalId}`;

/** An id as AWS would make one: letters and digits, stable over restarts. */
export function physicalId({ accountId, stack, logicalId }: ResourceContext, length: number): string {
  const digest = createHash('sha256').update(`${accountId}/${stack}/${logicalId}`).digest();
  return [...digest.subarray(0, length)].map((byte) => (byte % 36).toString(36)).join('');
}
