import { createDynamoKeyRing } from '../../adapters/aws/dynamoKeyRing.ts';
import { composeApi, tables } from '../shared/compose.ts';
import { tokenKeyGenerations } from '../shared/signingKeys.ts';
import { createHandler } from './app.ts';

const api = composeApi('keys');
const [first, ...others] = tokenKeyGenerations();

export const handler = createHandler({
  ...api,
  rings: createDynamoKeyRing({ ...api.database, ...tables() }),
  generations: [first.name, ...others.map(({ name }) => name)],
});
