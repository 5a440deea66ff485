import * as z from 'zod';
import { sha256Field } from '../fields.ts';

/** What is told to anyone. */

/** What a client needs to know before it can sign in. Public. */
export const configurationSchema = z.object({
  publicUrl: z.string(),
  issuers: z.array(
    z.object({ domain: z.string(), issuer: z.string(), audience: z.string(), clientId: z.string().optional() }),
  ),
  /** Set only where lent sessions must talk to another endpoint than AWS's own, as on a laptop. */
  awsEndpointUrl: z.string().optional(),
  bundleSha256: sha256Field,
});
export type ConfigurationView = z.infer<typeof configurationSchema>;

/** A page for people. */
export const page = z.string();

export const healthSchema = z.object({ status: z.literal('ok') });
