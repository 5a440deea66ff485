/** A ticket system, as it tells Writ of its tickets. */
import { createHmac, randomUUID } from 'node:crypto';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { TICKETS_SECRET } from '../../adapters/notify/secretNames.ts';
import { BROKER_ACCOUNT } from '../../local/context.ts';
import type { LocalSystem } from '../../local/system.ts';
import { timeOf } from './chat.ts';
import { REGION } from './harness.ts';
import type { Answer } from './harness.ts';

interface Telling {
  /** Of the message. @default a fresh one */
  readonly id?: string;
  readonly state?: 'open' | 'closed';
  readonly key?: string;
  /** How old the signature is, in seconds. */
  readonly age?: number;
}

export type TellOf = (ticket: string, telling?: Telling) => Promise<Answer<{ ended?: string[] }>>;

/** Tells of a ticket, signed by the key that the stack made for it. */
export async function ticketSystem({ aws, api, rootCredentials }: LocalSystem): Promise<TellOf> {
  const client = new SecretsManagerClient({
    endpoint: aws,
    region: REGION,
    credentials: rootCredentials(BROKER_ACCOUNT),
  });
  const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId: TICKETS_SECRET }));
  const { signingKey } = JSON.parse(SecretString) as { readonly signingKey: string };

  return async (ticket, { id = randomUUID(), state = 'closed', key = signingKey, age = 0 } = {}) => {
    const body = JSON.stringify({ id, ticket, state });
    const t = Math.floor((await timeOf(api)) / 1000) - age;
    const signature = createHmac('sha256', key).update(`${t}.${body}`).digest('hex');
    const response = await fetch(`${api}/v1/callbacks/tickets`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'writ-signature': `t=${t},v1=${signature}` },
      body,
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as { ended?: string[] } };
  };
}
