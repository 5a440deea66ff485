import * as z from 'zod';
import { instantField } from '../fields.ts';

/** What a grant lends in AWS. */

/** The AWS `credential_process` document. */
export const awsCredentials = z.object({
  Version: z.literal(1),
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  SessionToken: z.string(),
  Expiration: instantField,
});
export type AwsCredentialsView = z.infer<typeof awsCredentials>;

export const consoleSession = z.object({ url: z.url(), expiresAt: instantField });
export type ConsoleSessionView = z.infer<typeof consoleSession>;
