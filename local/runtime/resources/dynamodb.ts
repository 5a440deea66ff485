/** Tables: `AWS::DynamoDB::Table`, and `GlobalTable` with its one replica, which is what the CDK's `TableV2` makes. */
import { z } from 'zod';
import type { TableDefinition } from '../../aws/dynamodb/table.ts';
import { TemplateError } from '../deploy/intrinsics.ts';
import { physicalName } from '../deploy/resource.ts';
import type { Deploy, Deployed, ResourceContext } from '../deploy/resource.ts';

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

/** Properties with the same meaning in both types. Capacity, encryption and metrics have no effect on a laptop. */
const COMMON = z.object({
  TableName: z.string().optional(),
  KeySchema: keySchema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema: keySchema,
        Projection: z.object({
          ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
          NonKeyAttributes: z.array(z.string()).exactOptional(),
        }),
      }),
    )
    .default([]),
  LocalSecondaryIndexes: z.never({ error: 'local secondary indexes are not built' }).optional(),
  StreamSpecification: z
    .object({ StreamViewType: z.enum(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']) })
    .optional(),
  TimeToLiveSpecification: z.object({ AttributeName: z.string(), Enabled: z.boolean() }).optional(),
});

/** What the two types state in different places. */
const PROTECTION = z.object({
  DeletionProtectionEnabled: z.boolean().default(false),
  PointInTimeRecoverySpecification: z
    .object({ PointInTimeRecoveryEnabled: z.boolean() })
    .default({ PointInTimeRecoveryEnabled: false }),
});

const GLOBAL_TABLE = COMMON.extend({ Replicas: z.array(PROTECTION.extend({ Region: z.string() })) });
const TABLE = COMMON.extend(PROTECTION.shape);

export const deployTable: Deploy = async (properties, context) => {
  const table = TABLE.parse(properties);
  return put(table, table, context);
};

export const deployGlobalTable: Deploy = async (properties, context) => {
  const table = GLOBAL_TABLE.parse(properties);
  const [replica, ...others] = table.Replicas;
  if (replica?.Region !== context.region || others.length > 0) {
    throw new TemplateError(`one replica in ${context.region} is all that the local runtime has`);
  }
  return put(table, replica, context);
};

async function put(
  table: z.infer<typeof COMMON>,
  protection: z.infer<typeof PROTECTION>,
  context: ResourceContext,
): Promise<Deployed> {
  const { StreamSpecification, TimeToLiveSpecification } = table;
  const name = table.TableName ?? physicalName(context);
  const definition: TableDefinition = {
    TableName: name,
    KeySchema: table.KeySchema,
    AttributeDefinitions: table.AttributeDefinitions,
    GlobalSecondaryIndexes: table.GlobalSecondaryIndexes,
    ...(StreamSpecification && { StreamSpecification }),
    ...(TimeToLiveSpecification && { TimeToLiveSpecification }),
    DeletionProtectionEnabled: protection.DeletionProtectionEnabled,
    PointInTimeRecoverySpecification: protection.PointInTimeRecoverySpecification,
  };
  const { arn, streamArn } = await context.backends.putTable(context, definition);
  return { ref: name, attributes: { Arn: arn, ...(streamArn !== undefined && { StreamArn: streamArn }) } };
}
