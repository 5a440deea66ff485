import { createDynamoAuditReader } from '../../adapters/aws/dynamoAuditReader.ts';
import { composeApi, tables } from '../shared/compose.ts';
import { createHandler } from './app.ts';

const deps = composeApi('audit');

export const handler = createHandler({ ...deps, audit: createDynamoAuditReader({ ...deps.database, ...tables() }) });
