import type { StackProps } from 'aws-cdk-lib';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { IndexLayout, KeyAttribute, TableLayout } from '../../adapters/aws/tables.ts';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';

export interface DataStackProps extends StackProps {
  readonly dataKey: IKey;
}

/**
 * The two tables, by the layout that the adapters use. One Region each: with global tables a revocation could lose
 * against a later write elsewhere. Removing the stack keeps them.
 */
export class DataStack extends Stack {
  readonly grantsStreamArn: string;
  readonly auditStreamArn: string;

  constructor(scope: Construct, id: string, { dataKey, ...props }: DataStackProps) {
    super(scope, id, props);
    this.grantsStreamArn = streamOf(addTable(this, 'Grants', GRANTS_TABLE, dataKey));
    this.auditStreamArn = streamOf(addTable(this, 'Audit', AUDIT_TABLE, dataKey));
  }
}

function streamOf({ tableStreamArn, node }: Table): string {
  if (tableStreamArn === undefined) throw new Error(`the layout of ${node.id} has no stream`);
  return tableStreamArn;
}

function addTable(scope: Construct, id: string, layout: TableLayout, encryptionKey: IKey): Table {
  const table = new Table(scope, id, {
    tableName: layout.name,
    partitionKey: attributeOf(layout.partitionKey),
    sortKey: attributeOf(layout.sortKey),
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(layout.ttlAttribute !== undefined && { timeToLiveAttribute: layout.ttlAttribute }),
    ...(layout.stream && { stream: StreamViewType[layout.stream] }),
  });
  for (const index of Object.values(layout.indexes)) addIndex(table, index);
  return table;
}

function addIndex(table: Table, { name, partitionKey, sortKey, projection }: IndexLayout): void {
  table.addGlobalSecondaryIndex({
    indexName: name,
    partitionKey: attributeOf(partitionKey),
    sortKey: attributeOf(sortKey),
    ...(projection === 'ALL'
      ? { projectionType: ProjectionType.ALL }
      : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...projection] }),
  });
}

const attributeOf = ({ name, type }: KeyAttribute) => ({
  name,
  type: type === 'S' ? AttributeType.STRING : AttributeType.NUMBER,
});
