import type { ApprovalChain } from '../../core/chain.ts';
import { selectorsOf } from '../../core/chain.ts';
import type { ImpersonationEntitlement } from '../../core/entitlement.ts';
import { OPERATION } from './audience.ts';

/** The group that may stand in for a subject's consent. */
const GOVERNANCE_GROUP = 'governance';

/** What is wrong with an entitlement to act for somebody: it lends named operations of its audience, by consent. */
export function impersonationProblems(
  { ceiling, parameters, audience }: ImpersonationEntitlement,
  chain: ApprovalChain | undefined,
): string[] {
  return [
    ...ceiling.flatMap((line, index) => [
      ...line.actions
        .filter((action) => !OPERATION.test(action))
        .map((action) => `ceiling[${index}]: \`${action}\` is no operation such as settings:read`),
      ...line.resources
        .filter((resource) => resource !== audience)
        .map((resource) => `ceiling[${index}]: \`${resource}\` is not the audience \`${audience}\``),
      ...(line.leadingKeys ? [`ceiling[${index}]: leading keys are for DynamoDB alone`] : []),
    ]),
    ...Object.keys(parameters).map((parameter) => `parameters.${parameter}: an impersonation has no parameters`),
    ...(chain && asksForConsent(chain)
      ? []
      : [
          `approvals: an impersonation needs a chain whose first stage asks the subject or the group ${GOVERNANCE_GROUP}`,
        ]),
  ];
}

/** Only they, early or late: anybody else in the first stage could answer in the subject's place. */
const asksForConsent = ({ stages: [first] }: ApprovalChain): boolean =>
  selectorsOf(first).every(
    (selector) => 'subject' in selector || ('group' in selector && selector.group === GOVERNANCE_GROUP),
  );

/** An AWS role acts for nobody: where a chain asks the subject, nobody would be asked. */
export const namesSubject = ({ stages }: ApprovalChain): boolean =>
  stages.flatMap(selectorsOf).some((selector) => 'subject' in selector);
