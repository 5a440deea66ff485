import type { ApprovalChain } from '../../core/chain.ts';
import type { TokenEntitlement, TokenKind } from '../../core/entitlement.ts';
import { DETAIL_LISTS } from '../../core/oauth/authorizationDetails.ts';
import { audiencesOf } from '../../core/oauth/authority.ts';
import type { OAuthClient } from '../../core/oauth/client.ts';
import { placeholdersOf } from '../../core/parameters.ts';
import { OPERATION, whyNoAudience } from './audience.ts';
import { exampleProblems } from './examples.ts';
import { namesSubject } from './impersonation.ts';
import { repeated } from './problems.ts';

/** What is wrong with an entitlement to delegation tokens: it lends named scopes of audiences that somebody serves. */
export function tokenProblems(entitlement: TokenEntitlement, chain: ApprovalChain | undefined): string[] {
  return [
    ...(chain && namesSubject(chain) ? ['approvals: it acts for nobody, but its chain asks a subject'] : []),
    ...ceilingProblems(entitlement),
    ...detailProblems(entitlement),
    ...parameterProblems(entitlement),
    ...limitProblems(entitlement),
  ];
}

/** Nobody could introspect or spend a token that nobody serves the audience of. */
export function servedProblems({ ceiling }: Pick<TokenKind, 'ceiling'>, clients: readonly OAuthClient[]): string[] {
  const served = new Set(clients.flatMap(({ serves }) => serves));
  return audiencesOf(ceiling)
    .filter((audience) => !served.has(audience))
    .map((audience) => `ceiling: \`${audience}\` is served by no client of clients.json`);
}

const ceilingProblems = ({ ceiling }: TokenEntitlement): string[] =>
  ceiling.flatMap(({ actions, resources, leadingKeys }, index) =>
    [
      ...actions
        .filter((action) => !OPERATION.test(action))
        .map((action) => `\`${action}\` is no scope such as reports:read`),
      ...resources.flatMap((resource) => {
        const why = whyNoAudience(resource);
        return why === undefined ? [] : [`\`${resource}\` ${why}`];
      }),
      ...(leadingKeys ? ['leading keys are for DynamoDB alone'] : []),
    ].map((problem) => `ceiling[${index}]: ${problem}`),
  );

function detailProblems({ authorizationDetails, ceiling, parameters }: TokenEntitlement): string[] {
  const audiences = audiencesOf(ceiling);
  return authorizationDetails.flatMap((detail, index) => {
    const lists = DETAIL_LISTS.flatMap((field) => detail[field] ?? []);
    return [
      ...(detail.locations ?? [])
        .filter((location) => !audiences.includes(location))
        .map((location) => `\`${location}\` is no audience of the ceiling`),
      ...placeholdersOf(detail.identifier ?? '')
        .filter((name) => !Object.hasOwn(parameters, name))
        .map((name) => `{${name}} is no parameter; declare it under \`parameters\``),
      ...[detail.type, ...lists, (detail.identifier ?? '').replace(/\{[a-z][A-Za-z0-9]*\}/g, '')]
        .filter((text) => /[{}]/.test(text))
        .map((text) => `\`${text}\`: a parameter in braces is filled in nowhere but in \`identifier\``),
      ...DETAIL_LISTS.filter((field) => repeated(detail[field] ?? []).length > 0).map(
        (field) => `${field}: names something twice`,
      ),
    ].map((problem) => `authorizationDetails[${index}]: ${problem}`);
  });
}

function parameterProblems({ authorizationDetails, parameters }: TokenEntitlement): string[] {
  const used = new Set(authorizationDetails.flatMap(({ identifier }) => placeholdersOf(identifier ?? '')));
  return [
    ...Object.keys(parameters)
      .filter((name) => !used.has(name))
      .map((name) => `parameters.${name}: narrows nothing; use {${name}} as an \`identifier\` or remove it`),
    ...exampleProblems(parameters),
  ];
}

const limitProblems = ({ terms, limits }: TokenEntitlement): string[] =>
  terms.maxUsesPerToken !== undefined && limits.maxUses !== undefined && terms.maxUsesPerToken > limits.maxUses
    ? ['terms.maxUsesPerToken: must not be more than limits.maxUses']
    : [];
