/** Stacks and backends for the deployment's tests. */
import { createHash } from 'node:crypto';
import { openBuses } from '../../../../local/aws/events/buses.ts';
import type { EventBuses } from '../../../../local/aws/events/buses.ts';
import type { Sealer } from '../../../../local/aws/sealer.ts';
import { openSecrets } from '../../../../local/aws/secrets/secrets.ts';
import type { Secrets } from '../../../../local/aws/secrets/secrets.ts';
import { openTopics } from '../../../../local/aws/sns/topics.ts';
import type { Topics } from '../../../../local/aws/sns/topics.ts';
import { memoryStore } from '../../../../local/aws/store.ts';
import type { Resource, Stack } from '../../../../local/runtime/deploy/assembly.ts';
import { deployStacks } from '../../../../local/runtime/deploy/deploy.ts';
import { emptyDeployment } from '../../../../local/runtime/deploy/deployment.ts';
import type { Deployment } from '../../../../local/runtime/deploy/deployment.ts';
import type { Backends } from '../../../../local/runtime/deploy/resource.ts';
import type { Json } from '../../../../local/runtime/json.ts';

export const ACCOUNT = '999988887777';
export const REGION = 'us-east-1';

export const resource = (
  Type: string,
  Properties: Readonly<Record<string, Json>> = {},
  more: Partial<Resource> = {},
): Resource => ({
  Type,
  Properties,
  ...more,
});

export function stack(
  resources: Stack['template']['Resources'],
  more: Partial<Stack['template']> = {},
  name = 'Test',
): Stack {
  return {
    name,
    accountId: ACCOUNT,
    region: REGION,
    template: { Parameters: {}, Mappings: {}, Conditions: {}, Outputs: {}, ...more, Resources: resources },
    assets: new Map([['code.zip', import.meta.dirname]]),
  };
}

/** Seals nothing: what is deployed here goes no further. */
const SEALER: Sealer = {
  seal: (_purpose, value) => JSON.stringify(value),
  open: (_purpose, sealed) => JSON.parse(sealed) as unknown,
  derive: (_purpose, value) => createHash('sha256').update(value).digest(),
};

/** Remembers every call, in order. */
export function recordingBackends(): Backends & {
  readonly calls: (readonly [string, unknown])[];
  readonly buses: EventBuses;
  readonly topics: Topics;
  readonly secrets: Secrets;
} {
  const calls: (readonly [string, unknown])[] = [];
  const store = memoryStore();
  return {
    calls,
    buses: openBuses(store, () => 0),
    topics: openTopics(),
    secrets: openSecrets(store, SEALER, () => 0),
    queueOrigin: 'http://127.0.0.1:4601',
    putRole: async (role) => void calls.push(['role', role]),
    putManagedPolicy: async (arn, document) =>
      void calls.push(['policy', { arn, document: JSON.parse(document) as unknown }]),
    async putTable({ accountId, region }, table) {
      calls.push(['table', table]);
      const arn = `arn:aws:dynamodb:${region}:${accountId}:table/${table.TableName}`;
      return { arn, ...(table.StreamSpecification && { streamArn: `${arn}/stream/1` }) };
    },
    async putKey(key) {
      calls.push(['key', key]);
      return {
        keyId: 'key-1',
        arn: `arn:aws:kms:${key.region}:${key.accountId}:key/key-1`,
        accountId: key.accountId,
        spec: key.spec,
        policy: key.policy ?? '',
        description: key.description ?? '',
        multiRegion: key.multiRegion ?? false,
        createdAt: 0,
        secret: '',
      };
    },
    putAlias: async (key, alias) => void calls.push(['alias', { alias, keyId: key.keyId }]),
    async putQueue(queue) {
      calls.push(['queue', queue]);
      return { arn: `arn:aws:sqs:${queue.region}:${queue.accountId}:${queue.name}` };
    },
    async putStateMachine(machine) {
      calls.push(['stateMachine', machine]);
      return { arn: `arn:aws:states:${machine.region}:${machine.accountId}:stateMachine:${machine.name}` };
    },
  };
}

export async function deploy(
  ...stacks: readonly Stack[]
): Promise<{ readonly deployment: Deployment; readonly calls: (readonly [string, unknown])[] }> {
  const deployment = emptyDeployment();
  const backends = recordingBackends();
  await deployStacks(stacks, deployment, backends);
  return { deployment, calls: backends.calls };
}
