import { Match } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import type { TableLayout } from '../../adapters/aws/tables.ts';
import { AUDIT_TABLE, GRANTS_TABLE } from '../../adapters/aws/tables.ts';
import { STACK_NAMES } from '../../infra/names.ts';
import { resourcesOf, synthesized } from './synthesized.ts';

const template = synthesized().stack(STACK_NAMES.data);
const TABLES: readonly (readonly [string, TableLayout])[] = [
  ['grants', GRANTS_TABLE],
  ['audit', AUDIT_TABLE],
];

it.each(TABLES)('%s: encrypted with the data key, restorable, not deletable, on demand', (_name, { name }) => {
  template.hasResource('AWS::DynamoDB::Table', {
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: {
        SSEEnabled: true,
        SSEType: 'KMS',
        KMSMasterKeyId: { 'Fn::ImportValue': Match.stringLikeRegexp('^WritKeys:.*DataKey') },
      },
    },
  });
});

it.each(TABLES)('%s: has the keys and indexes of the adapters’ layout', (_name, layout) => {
  const keys = ({ partitionKey, sortKey }: Pick<TableLayout, 'partitionKey' | 'sortKey'>) => [
    { AttributeName: partitionKey.name, KeyType: 'HASH' },
    { AttributeName: sortKey.name, KeyType: 'RANGE' },
  ];
  template.hasResourceProperties('AWS::DynamoDB::Table', {
    TableName: layout.name,
    KeySchema: keys(layout),
    GlobalSecondaryIndexes: Object.values(layout.indexes).map((index) => ({
      IndexName: index.name,
      KeySchema: keys(index),
      Projection:
        index.projection === 'ALL'
          ? { ProjectionType: 'ALL' }
          : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.projection] },
    })),
  });
});

it('cleans up grants by time to live, and leaves never', () => {
  template.hasResourceProperties('AWS::DynamoDB::Table', {
    TableName: 'writ-grants',
    TimeToLiveSpecification: { AttributeName: GRANTS_TABLE.ttlAttribute, Enabled: true },
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
  });
  template.hasResourceProperties('AWS::DynamoDB::Table', {
    TableName: 'writ-audit',
    TimeToLiveSpecification: Match.absent(),
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
  });
});

it('holds nothing else', () => {
  expect(Object.keys(resourcesOf(template, 'AWS::DynamoDB::Table'))).toHaveLength(2);
  expect(Object.keys((template.toJSON() as { Resources: object }).Resources)).toHaveLength(2);
});
