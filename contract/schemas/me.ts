import * as z from 'zod';
import { instantField } from '../fields.ts';

/** Who is signed in. */

export const meSchema = z.object({
  id: z.string(),
  domain: z.string(),
  issuer: z.string(),
  subject: z.string(),
  person: z.string(),
  groups: z.array(z.string()),
  project: z.string(),
  authentication: z.object({ mfa: z.boolean(), methods: z.array(z.string()), at: instantField.optional() }),
});
export type MeView = z.infer<typeof meSchema>;
