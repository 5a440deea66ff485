import { composeApi } from '../shared/compose.ts';
import { createHandler } from './app.ts';

export const handler = createHandler(composeApi('breakglass'));
