import { createHash } from 'node:crypto';

/**
 * The ExternalId by which a target account knows this broker (AWS: "The confused deputy problem"). Derived, never
 * chosen: two installations, or two targets of one, can't be given the same. It is no secret.
 *
 * @param installation names one deployment of Writ among all
 */
export function deriveExternalId(installation: string, brokerAccount: string, targetAccount: string): string {
  const parts = JSON.stringify(['writ external id v1', installation, brokerAccount, targetAccount]);
  return `writ-${createHash('sha256').update(parts).digest('hex').slice(0, 40)}`;
}
